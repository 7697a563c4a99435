using System.Buffers.Binary;
using System.Text;

namespace Cocoon.Testing.Tl;

/// <summary>
/// Reads and writes messages by walking the schema, slowly and obviously. It shares nothing with the code under test, so that both are wrong
/// in the same way only if both misread the schema.
/// </summary>
public static class TlOracle
{
    private const uint True = 0x997275b5;
    private const uint False = 0xbc799737;

    /// <summary>The message that the bytes are, or null when they are none.</summary>
    public static TlValue? Decode(ReadOnlySpan<byte> bytes)
    {
        var input = new Input(bytes);
        var value = Boxed(ref input, null);
        return input.Broken || input.Left > 0 ? null : value;
    }

    /// <summary>The bytes of a message as every sender writes them: shortest lengths, zero padding, no flags without a field.</summary>
    public static byte[] Encode(TlValue value)
    {
        var output = new MemoryStream();
        Write(output, value.Declaration.Id);
        WriteFields(output, value);
        return output.ToArray();
    }

    private static TlValue? Boxed(ref Input input, string? type)
    {
        var declaration = TlSchema.Find(input.UInt32());
        if (declaration is not null && (type is null || (declaration.Type == type && !declaration.IsFunction))) return Fields(ref input, declaration);
        input.Broken = true;
        return null;
    }

    private static TlValue Fields(ref Input input, TlDeclaration declaration)
    {
        var values = new object?[declaration.Fields.Count];
        var flags = 0u;
        for (var i = 0; i < values.Length && !input.Broken; i++)
        {
            var field = declaration.Fields[i];
            if (field.Flag >= 0 && (flags >> field.Flag & 1) == 0) continue;
            values[i] = field.IsVector ? Vector(ref input, field.Type) : Value(ref input, field.Type);
            if (field.Type == "#" && values[i] is uint found) flags = found;
        }
        return new TlValue(declaration, values);
    }

    private static List<object?> Vector(ref Input input, string type)
    {
        var values = new List<object?>();
        var count = (int)input.UInt32();
        input.Broken |= count < 0;
        for (var i = 0; i < count && !input.Broken; i++) values.Add(Value(ref input, type));
        return values;
    }

    private static object? Value(ref Input input, string type)
    {
        switch (type)
        {
            case "int":
                return (int)input.UInt32();
            case "#":
                var flags = input.UInt32();
                input.Broken |= flags > int.MaxValue;
                return flags;
            case "long":
                return BinaryPrimitives.ReadInt64LittleEndian(input.Take(8));
            case "double":
                return BinaryPrimitives.ReadDoubleLittleEndian(input.Take(8));
            case "int256":
                return input.Take(32).ToArray();
            case "Bool":
                var id = input.UInt32();
                input.Broken |= id is not (True or False);
                return id == True;
            case "bytes":
                return Bytes(ref input);
            case "string":
                return Text(Bytes(ref input));
            default:
                return TlSchema.IsBare(type) ? Fields(ref input, TlSchema.Named(type)) : Boxed(ref input, type);
        }
    }

    private static byte[] Bytes(ref Input input)
    {
        var prefix = 1;
        var length = (ulong)input.Take(1)[0];
        if (length >= 254)
        {
            prefix = length == 254 ? 4 : 8;
            length = 0;
            foreach (var (i, part) in input.Take(prefix - 1).ToArray().Index()) length |= (ulong)part << (8 * i);
        }
        if (length > (ulong)input.Left)
        {
            input.Broken = true;
            return [];
        }
        var bytes = input.Take((int)length).ToArray();
        while ((prefix + (int)length) % 4 != 0 && !input.Broken)
        {
            input.Take(1);
            prefix++;
        }
        return bytes;
    }

    /// <summary>Texts are made printable: NUL becomes a space, a broken last character is cut off, anything worse leaves nothing.</summary>
    private static string Text(byte[] bytes)
    {
        if (!IsUtf8(bytes))
        {
            var cut = bytes.Length - 1;
            while (cut > 0 && bytes[cut] is >= 0x80 and <= 0xbf) cut--;
            bytes = bytes[..cut];
            if (!IsUtf8(bytes)) return "";
        }
        return Encoding.UTF8.GetString(bytes).Replace('\0', ' ');
    }

    // The table of well-formed sequences of the Unicode standard.
    private static bool IsUtf8(byte[] bytes)
    {
        for (var i = 0; i < bytes.Length;)
        {
            var (more, low, high) = bytes[i] switch
            {
                <= 0x7f => (0, 0x80, 0xbf),
                >= 0xc2 and <= 0xdf => (1, 0x80, 0xbf),
                0xe0 => (2, 0xa0, 0xbf),
                0xed => (2, 0x80, 0x9f),
                >= 0xe1 and <= 0xef => (2, 0x80, 0xbf),
                0xf0 => (3, 0x90, 0xbf),
                >= 0xf1 and <= 0xf3 => (3, 0x80, 0xbf),
                0xf4 => (3, 0x80, 0x8f),
                _ => (-1, 0, 0),
            };
            if (more < 0 || i + more >= bytes.Length) return false;
            for (var j = 1; j <= more; j++)
            {
                if (bytes[i + j] < (j == 1 ? low : 0x80) || bytes[i + j] > (j == 1 ? high : 0xbf)) return false;
            }
            i += more + 1;
        }
        return true;
    }

    private static void WriteFields(MemoryStream output, TlValue value)
    {
        var fields = value.Declaration.Fields;
        var flags = 0u;
        for (var i = 0; i < fields.Count; i++)
        {
            if (fields[i].Flag >= 0 && value.Fields[i] is not null) flags |= 1u << fields[i].Flag;
        }
        for (var i = 0; i < fields.Count; i++)
        {
            if (fields[i].Type == "#") Write(output, flags);
            else if (value.Fields[i] is List<object?> values)
            {
                Write(output, (uint)values.Count);
                foreach (var element in values) WriteValue(output, fields[i].Type, element!);
            }
            else if (value.Fields[i] is { } single) WriteValue(output, fields[i].Type, single);
        }
    }

    private static void WriteValue(MemoryStream output, string type, object value)
    {
        switch (value)
        {
            case int number:
                Write(output, (uint)number);
                break;
            case long number:
                output.Write(BitConverter.GetBytes(number));
                break;
            case double number:
                output.Write(BitConverter.GetBytes(number));
                break;
            case bool flag:
                Write(output, flag ? True : False);
                break;
            case string text:
                WriteBytes(output, Encoding.UTF8.GetBytes(text));
                break;
            case byte[] bytes when type == "int256":
                output.Write(bytes);
                break;
            case byte[] bytes:
                WriteBytes(output, bytes);
                break;
            case TlValue message:
                if (!TlSchema.IsBare(type)) Write(output, message.Declaration.Id);
                WriteFields(output, message);
                break;
        }
    }

    private static void WriteBytes(MemoryStream output, byte[] bytes)
    {
        if (bytes.Length < 254) output.WriteByte((byte)bytes.Length);
        else if (bytes.Length < 1 << 24) Write(output, 254 | ((uint)bytes.Length << 8));
        else output.Write(BitConverter.GetBytes(255 | ((ulong)bytes.Length << 8)));
        output.Write(bytes);
        while (output.Length % 4 != 0) output.WriteByte(0);
    }

    private static void Write(MemoryStream output, uint value) => output.Write(BitConverter.GetBytes(value));

    /// <summary>Bytes not read yet; reading more than there are breaks it for good.</summary>
    private ref struct Input(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _bytes = bytes;

        public bool Broken { get; set; }

        public readonly int Left => _bytes.Length;

        public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

        public ReadOnlySpan<byte> Take(int count)
        {
            if (count > _bytes.Length)
            {
                Broken = true;
                return new byte[count];
            }
            var taken = _bytes[..count];
            _bytes = _bytes[count..];
            return taken;
        }
    }
}
