using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Cocoon.Inference.Gguf;

/// <summary>
/// Reads a GGUF file (version 2 or 3, little endian): metadata and the tensor table at once, tensor data on demand.
/// A file is hostile input: every count, length, shape and position is checked against limits and the size of the file
/// before anything is allocated for it.
/// </summary>
public sealed class GgufFile
{
    private const uint Magic = 0x46554747;
    private const int MaxEntries = 65_536;
    private const int MaxKeyBytes = 65_535;
    private const int MaxStringBytes = 1 << 20;
    private const int MaxArrayElements = 1 << 20;
    private const int MaxElements = 1 << 29;

    private readonly Stream _stream;
    private readonly long _length;
    private readonly Dictionary<string, object> _metadata = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GgufTensor> _tensors = new(StringComparer.Ordinal);

    private GgufFile(Stream stream)
    {
        _stream = stream;
        _length = stream.Length;
    }

    private enum ValueType : uint
    {
        UInt8, Int8, UInt16, Int16, UInt32, Int32, Float32, Bool, String, Array, UInt64, Int64, Float64,
    }

    /// <summary>Tensor table by name.</summary>
    public IReadOnlyDictionary<string, GgufTensor> Tensors => _tensors;

    /// <summary>Reads the header, metadata and tensor table.</summary>
    /// <param name="stream">Seekable; stays open and is used again by <see cref="ReadTensor"/>.</param>
    /// <exception cref="GgufFormatException">The file breaks the format or a limit.</exception>
    public static GgufFile Read(Stream stream)
    {
        var file = new GgufFile(stream);
        file.ReadHeader();
        return file;
    }

    /// <summary>A string of the metadata, or null when the key is absent.</summary>
    /// <exception cref="GgufFormatException">The value has another type.</exception>
    public string? FindString(string key) => Find<string>(key);

    /// <summary>A string of the metadata.</summary>
    /// <exception cref="GgufFormatException">Absent, or of another type.</exception>
    public string GetString(string key) => Find<string>(key) ?? throw Missing(key);

    /// <summary>An array of strings of the metadata.</summary>
    /// <exception cref="GgufFormatException">Absent, or of another type.</exception>
    public IReadOnlyList<string> GetStrings(string key) => Find<string[]>(key) ?? throw Missing(key);

    /// <summary>An array of integers of the metadata (any width), or null when the key is absent.</summary>
    /// <exception cref="GgufFormatException">The value has another type.</exception>
    public IReadOnlyList<long>? FindIntegers(string key) => Find<long[]>(key);

    /// <summary>An integer of the metadata (any width), or null when the key is absent.</summary>
    /// <exception cref="GgufFormatException">The value has another type.</exception>
    public long? FindInteger(string key) =>
        _metadata.TryGetValue(key, out var value) ? value as long? ?? throw WrongType(key, value, typeof(long)) : null;

    /// <summary>A floating-point number of the metadata, or null when the key is absent.</summary>
    /// <exception cref="GgufFormatException">The value has another type.</exception>
    public double? FindNumber(string key) =>
        _metadata.TryGetValue(key, out var value) ? value as double? ?? throw WrongType(key, value, typeof(double)) : null;

    /// <summary>A boolean of the metadata, or null when the key is absent.</summary>
    /// <exception cref="GgufFormatException">The value has another type.</exception>
    public bool? FindBoolean(string key) =>
        _metadata.TryGetValue(key, out var value) ? value as bool? ?? throw WrongType(key, value, typeof(bool)) : null;

    /// <summary>Reads a tensor as 32-bit floats.</summary>
    /// <param name="name">Name in the tensor table.</param>
    /// <param name="shape">Wanted elements by dimension, the fastest-running first.</param>
    /// <exception cref="GgufFormatException">Absent, of another shape, or with an element that is not a finite number.</exception>
    public float[] ReadTensor(string name, params ReadOnlySpan<long> shape)
    {
        if (!_tensors.TryGetValue(name, out var tensor))
            throw new GgufFormatException($"The model has no tensor '{name}'.");
        var matches = tensor.Shape.Count == shape.Length;
        for (var i = 0; matches && i < shape.Length; i++)
            matches = tensor.Shape[i] == shape[i];
        if (!matches)
        {
            throw new GgufFormatException(
                $"Tensor '{name}' has shape [{string.Join(", ", tensor.Shape)}], wanted [{string.Join(", ", shape.ToArray())}].");
        }
        var values = new float[tensor.ElementCount];
        _stream.Position = tensor.Position;
        if (tensor.Type == GgufTensorType.F32)
            ReadSingles(values);
        else
            ReadHalves(values);
        foreach (var value in values)
        {
            if (!float.IsFinite(value))
                throw new GgufFormatException($"Tensor '{name}' contains {value}; every weight must be a finite number.");
        }
        return values;
    }

    private static GgufFormatException Missing(string key) => new($"The model's metadata has no '{key}'.");

    private static GgufFormatException WrongType(string key, object found, Type wanted) =>
        new($"The model's metadata '{key}' is {found.GetType().Name}, wanted {wanted.Name}.");

    private T? Find<T>(string key) where T : class =>
        _metadata.TryGetValue(key, out var value) ? value as T ?? throw WrongType(key, value, typeof(T)) : null;

    private void ReadHeader()
    {
        _stream.Position = 0;
        var magic = ReadUInt32();
        if (magic != Magic)
            throw new GgufFormatException($"The file does not start with 'GGUF' (found 0x{magic:x8}).");
        var version = ReadUInt32();
        if (version is not (2 or 3))
            throw new GgufFormatException($"GGUF version is {version}, wanted 2 or 3.");
        var tensorCount = ReadCount("tensors", MaxEntries, 24);
        var entryCount = ReadCount("metadata entries", MaxEntries, 13);
        for (var i = 0; i < entryCount; i++)
        {
            var key = ReadString(MaxKeyBytes);
            if (!_metadata.TryAdd(key, ReadValue((ValueType)ReadUInt32(), key)))
                throw new GgufFormatException($"The metadata names '{key}' twice.");
        }
        var alignment = FindInteger("general.alignment") ?? 32;
        if (alignment is < 8 or > 65_536 || alignment % 8 != 0)
            throw new GgufFormatException($"general.alignment is {alignment}, wanted a multiple of 8 up to 65536.");
        var table = new (string Name, long[] Shape, GgufTensorType Type, ulong Offset, long Count)[tensorCount];
        for (var i = 0; i < tensorCount; i++)
            table[i] = ReadTensorEntry();
        var dataStart = checked((_stream.Position + alignment - 1) / alignment * alignment);
        foreach (var (name, shape, type, offset, count) in table)
        {
            var bytes = count * (type == GgufTensorType.F32 ? 4 : 2);
            if (offset % (ulong)alignment != 0)
                throw new GgufFormatException($"Tensor '{name}' is at offset {offset}, wanted a multiple of {alignment}.");
            if (dataStart > _length || offset > (ulong)(_length - dataStart) || bytes > _length - dataStart - (long)offset)
                throw new GgufFormatException($"Tensor '{name}' ends after the end of the file; the file may be cut short.");
            if (!_tensors.TryAdd(name, new GgufTensor(name, shape, type, dataStart + (long)offset, count)))
                throw new GgufFormatException($"The file names tensor '{name}' twice.");
        }
    }

    private (string Name, long[] Shape, GgufTensorType Type, ulong Offset, long Count) ReadTensorEntry()
    {
        var name = ReadString(256);
        var dimensions = ReadUInt32();
        if (dimensions is < 1 or > 4)
            throw new GgufFormatException($"Tensor '{name}' has {dimensions} dimensions, wanted 1 to 4.");
        var shape = new long[dimensions];
        var count = 1L;
        for (var i = 0; i < shape.Length; i++)
        {
            var size = ReadUInt64();
            if (size is 0 or > MaxElements || (count *= (long)size) > MaxElements)
                throw new GgufFormatException($"Tensor '{name}' has a dimension of 0 or more than {MaxElements} elements.");
            shape[i] = (long)size;
        }
        var type = ReadUInt32();
        if (type > (uint)GgufTensorType.F16)
        {
            throw new GgufFormatException(
                $"Tensor '{name}' has element type {type}; the built-in engine reads F32 (0) and F16 (1). Convert the model to F16.");
        }
        return (name, shape, (GgufTensorType)type, ReadUInt64(), count);
    }

    private object ReadValue(ValueType type, string key) => type switch
    {
        ValueType.UInt8 => (long)ReadByte(),
        ValueType.Int8 => (long)(sbyte)ReadByte(),
        ValueType.UInt16 => (long)ReadUInt16(),
        ValueType.Int16 => (long)(short)ReadUInt16(),
        ValueType.UInt32 => (long)ReadUInt32(),
        ValueType.Int32 => (long)(int)ReadUInt32(),
        ValueType.UInt64 => (long)Math.Min(ReadUInt64(), long.MaxValue),
        ValueType.Int64 => (long)ReadUInt64(),
        ValueType.Float32 => (double)BitConverter.UInt32BitsToSingle(ReadUInt32()),
        ValueType.Float64 => BitConverter.UInt64BitsToDouble(ReadUInt64()),
        ValueType.Bool => ReadByte() switch
        {
            0 => false,
            1 => true,
            var other => throw new GgufFormatException($"The metadata '{key}' is a boolean with value {other}."),
        },
        ValueType.String => ReadString(MaxStringBytes),
        ValueType.Array => ReadArray(key),
        _ => throw new GgufFormatException($"The metadata '{key}' has unknown type {(uint)type}."),
    };

    private object ReadArray(string key)
    {
        var type = (ValueType)ReadUInt32();
        switch (type)
        {
            case ValueType.String:
                var strings = new string[ReadCount($"elements of '{key}'", MaxArrayElements, 8)];
                for (var i = 0; i < strings.Length; i++)
                    strings[i] = ReadString(MaxStringBytes);
                return strings;
            case ValueType.Float32 or ValueType.Float64:
                var numbers = new double[ReadCount($"elements of '{key}'", MaxArrayElements, 4)];
                for (var i = 0; i < numbers.Length; i++)
                    numbers[i] = (double)ReadValue(type, key);
                return numbers;
            case ValueType.Bool or ValueType.Array:
                throw new GgufFormatException($"The metadata '{key}' is an array of type {type}, which no known key uses.");
            default:
                var integers = new long[ReadCount($"elements of '{key}'", MaxArrayElements, 1)];
                for (var i = 0; i < integers.Length; i++)
                    integers[i] = (long)ReadValue(type, key);
                return integers;
        }
    }

    /// <summary>A count is believed only when the rest of the file could hold that many of the smallest element.</summary>
    private int ReadCount(string what, int limit, int smallestElement)
    {
        var count = ReadUInt64();
        if (count > (ulong)limit || (long)count * smallestElement > _length - _stream.Position)
            throw new GgufFormatException($"The file announces {count} {what}: more than {limit} or than the file can hold.");
        return (int)count;
    }

    private string ReadString(int limit)
    {
        var length = ReadCount("bytes of text", limit, 1);
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            Fill(buffer.AsSpan(0, length));
            return Encoding.UTF8.GetString(buffer, 0, length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void ReadSingles(float[] values)
    {
        var words = MemoryMarshal.Cast<float, int>(values.AsSpan());
        Fill(MemoryMarshal.AsBytes(words));
        if (!BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(words, words);
    }

    private void ReadHalves(float[] values)
    {
        Span<byte> buffer = stackalloc byte[8192];
        for (var done = 0; done < values.Length;)
        {
            var part = buffer[..Math.Min(buffer.Length, (values.Length - done) * 2)];
            Fill(part);
            for (var i = 0; i < part.Length; i += 2)
                values[done++] = (float)BinaryPrimitives.ReadHalfLittleEndian(part[i..]);
        }
    }

    private byte ReadByte()
    {
        Span<byte> bytes = stackalloc byte[1];
        Fill(bytes);
        return bytes[0];
    }

    private ushort ReadUInt16()
    {
        Span<byte> bytes = stackalloc byte[2];
        Fill(bytes);
        return BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }

    private uint ReadUInt32()
    {
        Span<byte> bytes = stackalloc byte[4];
        Fill(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    private ulong ReadUInt64()
    {
        Span<byte> bytes = stackalloc byte[8];
        Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    private void Fill(Span<byte> bytes)
    {
        if (_stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) != bytes.Length)
            throw new GgufFormatException($"The file ends at byte {_length} in the middle of a value; it may be cut short.");
    }
}
