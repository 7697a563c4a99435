using System.Text;
using Cocoon.Inference.Gguf;

namespace Cocoon.Trainer.Export;

/// <summary>Writes GGUF version 3. The same entries in the same order give the same bytes.</summary>
public sealed class GgufWriter
{
    private const int Alignment = 32;

    private readonly List<Action<BinaryWriter>> _metadata = [];
    private readonly List<(string Name, long[] Shape, GgufTensorType Type, float[] Values)> _tensors = [];

    /// <summary>Adds a string.</summary>
    public void Add(string key, string value) => AddEntry(key, 8, writer => WriteString(writer, value));

    /// <summary>Adds a 32-bit unsigned integer.</summary>
    public void Add(string key, uint value) => AddEntry(key, 4, writer => writer.Write(value));

    /// <summary>Adds a 32-bit float.</summary>
    public void Add(string key, float value) => AddEntry(key, 6, writer => writer.Write(value));

    /// <summary>Adds a boolean.</summary>
    public void Add(string key, bool value) => AddEntry(key, 7, writer => writer.Write(value));

    /// <summary>Adds an array of strings.</summary>
    public void Add(string key, IReadOnlyList<string> values) => AddEntry(key, 9, writer =>
    {
        writer.Write(8u);
        writer.Write((ulong)values.Count);
        foreach (var value in values)
            WriteString(writer, value);
    });

    /// <summary>Adds an array of 32-bit integers.</summary>
    public void Add(string key, IReadOnlyList<int> values) => AddEntry(key, 9, writer =>
    {
        writer.Write(5u);
        writer.Write((ulong)values.Count);
        foreach (var value in values)
            writer.Write(value);
    });

    /// <summary>Adds a tensor.</summary>
    /// <param name="name">Unique name.</param>
    /// <param name="shape">Elements by dimension, the fastest-running first.</param>
    /// <param name="type">Type to store the values as.</param>
    /// <param name="values">All elements.</param>
    public void AddTensor(string name, long[] shape, GgufTensorType type, float[] values) => _tensors.Add((name, shape, type, values));

    /// <summary>Writes the file.</summary>
    public void Write(Stream stream)
    {
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write((ulong)_tensors.Count);
        writer.Write((ulong)_metadata.Count);
        foreach (var entry in _metadata)
            entry(writer);
        var offset = 0L;
        foreach (var (name, shape, type, values) in _tensors)
        {
            WriteString(writer, name);
            writer.Write((uint)shape.Length);
            foreach (var size in shape)
                writer.Write(size);
            writer.Write((uint)type);
            writer.Write(offset);
            offset = Align(offset + values.Length * (type == GgufTensorType.F32 ? 4 : 2));
        }
        foreach (var (_, _, type, values) in _tensors)
        {
            Pad(writer);
            foreach (var value in values)
            {
                if (type == GgufTensorType.F32)
                    writer.Write(value);
                else
                    writer.Write((Half)value);
            }
        }
        Pad(writer);
    }

    private static long Align(long position) => (position + Alignment - 1) / Alignment * Alignment;

    private static void Pad(BinaryWriter writer)
    {
        writer.Flush();
        for (var position = writer.BaseStream.Position; position < Align(position); position++)
            writer.Write((byte)0);
    }

    private static void WriteString(BinaryWriter writer, string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private void AddEntry(string key, uint type, Action<BinaryWriter> value) => _metadata.Add(writer =>
    {
        WriteString(writer, key);
        writer.Write(type);
        value(writer);
    });
}
