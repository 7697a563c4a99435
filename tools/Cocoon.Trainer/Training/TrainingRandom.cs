namespace Cocoon.Trainer.Training;

/// <summary>Repeatable random numbers from a seed (SplitMix64). Not for secrets.</summary>
public struct TrainingRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>64 random bits.</summary>
    public ulong NextBits()
    {
        var z = _state += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    /// <summary>A number in [0, 1).</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number in [0, <paramref name="limit"/>).</summary>
    public int Next(int limit) => (int)(NextDouble() * limit);

    /// <summary>A standard normal number, near enough: twelve uniform ones less six, so that no library function decides its bits.</summary>
    public float NextNormal()
    {
        var sum = -6.0;
        for (var i = 0; i < 12; i++)
            sum += NextDouble();
        return (float)sum;
    }
}
