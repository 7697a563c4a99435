using System.Buffers.Binary;

namespace Cocoon.Attestation.EventLog;

/// <summary>
/// The ACPI table that tells a confidential guest where its boot log lies (ACPI 6.5 §5.2.34, "CC Event Log"). Linux shows it as
/// /sys/firmware/acpi/tables/CCEL and the log itself as /sys/firmware/acpi/tables/data/CCEL.
/// </summary>
/// <param name="Type">The kind of environment; 2 is Intel TDX.</param>
/// <param name="Subtype">Its variant.</param>
/// <param name="LogLength">The size of the area set aside for the log, in bytes.</param>
/// <param name="LogAddress">The area's physical address in the guest.</param>
public sealed record CcelTable(byte Type, byte Subtype, ulong LogLength, ulong LogAddress)
{
    /// <summary>The size of the table in bytes.</summary>
    public const int Size = 56;

    /// <summary>The type of an Intel TDX guest.</summary>
    public const byte Tdx = 2;

    /// <summary>Reads the table.</summary>
    /// <exception cref="AttestationException">It is of another size or kind, its checksum is wrong, or its log is larger than is read.</exception>
    public static CcelTable Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size) throw new AttestationException($"A CCEL table of {bytes.Length} bytes was found, wanted {Size}.");
        if (!bytes.StartsWith("CCEL"u8)) throw new AttestationException("The ACPI table is not signed CCEL.");
        var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        if (length != Size) throw new AttestationException($"The CCEL table says that it has {length} bytes, wanted {Size}.");
        byte sum = 0;
        foreach (var value in bytes) sum += value;
        if (sum != 0) throw new AttestationException($"The CCEL table's bytes add up to {sum}, wanted 0.");
        var table = new CcelTable(
            bytes[36], bytes[37], BinaryPrimitives.ReadUInt64LittleEndian(bytes[40..]), BinaryPrimitives.ReadUInt64LittleEndian(bytes[48..]));
        return table.LogLength <= CcEventLog.MaxSize
            ? table
            : throw new AttestationException($"The CCEL table tells of a log of {table.LogLength} bytes, wanted at most {CcEventLog.MaxSize}.");
    }
}
