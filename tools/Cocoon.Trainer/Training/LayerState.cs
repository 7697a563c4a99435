namespace Cocoon.Trainer.Training;

/// <summary>What the backward pass needs of one layer's forward pass.</summary>
internal sealed class LayerState
{
    public float[] Input = [];
    public float[] Scale = [];
    public float[] Normed = [];
    public float[] Query = [];
    public float[] Key = [];
    public float[] Value = [];
    public float[] Scores = [];
    public float[] Attended = [];
    public float[] Middle = [];
    public float[] Scale2 = [];
    public float[] Normed2 = [];
    public float[] Gate = [];
    public float[] Up = [];
    public float[] Active = [];

    public static void Grow(ref float[] buffer, int length)
    {
        if (buffer.Length < length)
            buffer = new float[length];
    }

    public void Grow(int count, int width, int keyValueWidth, int hidden, int scores)
    {
        Grow(ref Input, count * width);
        Grow(ref Scale, count);
        Grow(ref Normed, count * width);
        Grow(ref Query, count * width);
        Grow(ref Key, count * keyValueWidth);
        Grow(ref Value, count * keyValueWidth);
        Grow(ref Scores, scores);
        Grow(ref Attended, count * width);
        Grow(ref Middle, count * width);
        Grow(ref Scale2, count);
        Grow(ref Normed2, count * width);
        // Whole vectors of 16 are read and written at the end.
        Grow(ref Gate, count * hidden + 16);
        Grow(ref Up, count * hidden + 16);
        Grow(ref Active, count * hidden + 16);
    }
}
