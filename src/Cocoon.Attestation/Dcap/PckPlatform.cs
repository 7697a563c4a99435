using System.Formats.Asn1;

namespace Cocoon.Attestation.Dcap;

/// <summary>
/// What a PCK certificate says of its platform in the SGX extension (Intel SGX PCK Certificate and CRL Profile Specification, §1.3.5).
/// </summary>
internal sealed class PckPlatform
{
    public const int ComponentCount = 16;
    private const int MaxEntries = 32;
    private byte[]? _ppid;
    private byte[]? _pceId;
    private byte[]? _fmspc;
    private byte[]? _components;
    private int? _pceSvn;

    private PckPlatform()
    {
    }

    /// <summary>The platform's provisioning id, 16 bytes: the same processor has the same one for ever.</summary>
    public byte[] Ppid => Required(_ppid, "PPID");

    /// <summary>The kind of platform, 6 bytes: TCB info is issued for each.</summary>
    public byte[] Fmspc => Required(_fmspc, "FMSPC");

    /// <summary>Which provisioning certification enclave, 2 bytes.</summary>
    public byte[] PceId => Required(_pceId, "PCEID");

    /// <summary>The security versions of the platform's SGX TCB components, <see cref="ComponentCount"/> of them.</summary>
    public byte[] Components => Required(_components, "TCB");

    /// <summary>The security version of the provisioning certification enclave.</summary>
    public int PceSvn => _pceSvn ?? throw DerReader.Malformed("an SGX extension without PCESVN", "one with it");

    public static PckPlatform Read(ReadOnlyMemory<byte> extension)
    {
        var platform = new PckPlatform();
        var reader = new AsnReader(extension, AsnEncodingRules.DER);
        var entries = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        foreach (var (oid, entry) in ReadEntries(entries)) platform.Read(oid, entry);

        // Touching each says which one is missing.
        _ = (platform.Ppid, platform.Fmspc, platform.PceId, platform.Components, platform.PceSvn);
        return platform;
    }

    private void Read(string oid, AsnReader value)
    {
        switch (oid)
        {
            case DcapOids.SgxPpid:
                _ppid = ReadOctets(value, 16);
                break;
            case DcapOids.SgxPceId:
                _pceId = ReadOctets(value, 2);
                break;
            case DcapOids.SgxFmspc:
                _fmspc = ReadOctets(value, 6);
                break;
            case DcapOids.SgxTcb:
                ReadTcb(value.ReadSequence());
                break;
            default:
                value.ReadEncodedValue();
                break;
        }
        value.ThrowIfNotEmpty();
    }

    private void ReadTcb(AsnReader tcb)
    {
        _components = new byte[ComponentCount];
        var seen = 0;
        foreach (var (oid, entry) in ReadEntries(tcb))
        {
            if (oid == DcapOids.SgxPceSvn)
            {
                _pceSvn = ReadNumber(entry, ushort.MaxValue);
            }
            else if (oid == DcapOids.SgxCpuSvn)
            {
                ReadOctets(entry, ComponentCount);
            }
            else
            {
                if (!oid.StartsWith(DcapOids.SgxTcb + ".", StringComparison.Ordinal)
                    || !int.TryParse(oid.AsSpan(DcapOids.SgxTcb.Length + 1), out var number) || number is < 1 or > ComponentCount)
                {
                    throw DerReader.Malformed($"the TCB entry {oid}", $"those of {DcapOids.SgxTcb}.1 to .18");
                }
                _components[number - 1] = (byte)ReadNumber(entry, byte.MaxValue);
                seen++;
            }
            entry.ThrowIfNotEmpty();
        }
        if (seen != ComponentCount) throw DerReader.Malformed($"{seen} TCB components", $"{ComponentCount}");
    }

    private static List<(string Oid, AsnReader Value)> ReadEntries(AsnReader entries)
    {
        var read = new List<(string Oid, AsnReader Value)>();
        while (entries.HasData)
        {
            var entry = entries.ReadSequence();
            var oid = DerReader.ReadIdentifier(entry);
            if (read.Count == MaxEntries) throw DerReader.Malformed("an SGX extension of many entries", $"at most {MaxEntries}");
            if (read.Exists(other => other.Oid == oid)) throw DerReader.Malformed($"the SGX entry {oid} twice", "once");
            read.Add((oid, entry));
        }
        return read;
    }

    private static byte[] ReadOctets(AsnReader reader, int size)
    {
        var bytes = reader.ReadOctetString();
        return bytes.Length == size ? bytes : throw DerReader.Malformed($"an SGX entry of {bytes.Length} bytes", $"{size}");
    }

    private static int ReadNumber(AsnReader reader, int maximum) =>
        reader.TryReadInt32(out var number) && number >= 0 && number <= maximum
            ? number
            : throw DerReader.Malformed("a security version out of range", $"0 to {maximum}");

    private static byte[] Required(byte[]? value, string name) =>
        value ?? throw DerReader.Malformed($"an SGX extension without {name}", "one with it");
}
