using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Cocoon.Attestation.EventLog;

namespace Cocoon.Attestation.Tests.EventLog;

/// <summary>Makes boot logs and the table that tells of one.</summary>
internal static class EventLogForge
{
    /// <summary>A log of these events; the data of each is its text, and measured.</summary>
    public static byte[] Log(params (int Register, uint Type, string Text)[] events)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(1);
        writer.Write(3);
        writer.Write(new byte[20]);
        writer.Write(33);
        writer.Write("Spec ID Event03\0"u8);
        writer.Write(new byte[8]);
        writer.Write(1);
        writer.Write((ushort)0x0c);
        writer.Write((ushort)48);
        writer.Write((byte)0);
        foreach (var (register, type, text) in events)
        {
            var data = Encoding.ASCII.GetBytes(text);
            writer.Write(register);
            writer.Write(type);
            writer.Write(1);
            writer.Write((ushort)0x0c);
            writer.Write(SHA384.HashData(data));
            writer.Write(data.Length);
            writer.Write(data);
        }
        return stream.ToArray();
    }

    /// <summary>A table that tells of a log of this length.</summary>
    public static byte[] Table(long length = 4096)
    {
        var table = new byte[CcelTable.Size];
        "CCEL"u8.CopyTo(table);
        table[4] = CcelTable.Size;
        table[36] = CcelTable.Tdx;
        BinaryPrimitives.WriteInt64LittleEndian(table.AsSpan(40), length);
        BinaryPrimitives.WriteInt64LittleEndian(table.AsSpan(48), 0x1000);
        table[9] = (byte)(256 - (table.Sum(value => value) % 256));
        return table;
    }
}
