using System.Formats.Asn1;
using Cocoon.Attestation.Chains;

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
    public int PceSvn => _pceSvn ?? throw FormatError.Because("an SGX extension without PCESVN", "one with it");

    /// <summary>Reads the SGX extension.</summary>
    /// <exception cref="AttestationException">It is not there, malformed, or lacks something.</exception>
    public static PckPlatform Read(ChainCertificate certificate)
    {
        var extension = certificate.FindExtension(DcapOids.Sgx) ?? throw FormatError.Because("a certificate without SGX extension", "a PCK certificate first");
        try
        {
            return Read(extension);
        }
        catch (AsnContentException exception)
        {
            throw new AttestationException($"The SGX extension is not well-formed DER: {exception.Message}", exception);
        }
    }

    private static PckPlatform Read(byte[] extension)
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
            case DcapOids.Ppid:
                _ppid = ReadOctets(value, 16);
                break;
            case DcapOids.PceId:
                _pceId = ReadOctets(value, 2);
                break;
            case DcapOids.Fmspc:
                _fmspc = ReadOctets(value, 6);
                break;
            case DcapOids.Tcb:
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
            if (oid == DcapOids.PceSvn)
            {
                _pceSvn = ReadNumber(entry, ushort.MaxValue);
            }
            else if (oid == DcapOids.CpuSvn)
            {
                ReadOctets(entry, ComponentCount);
            }
            else
            {
                if (!oid.StartsWith(DcapOids.Tcb + ".", StringComparison.Ordinal)
                    || !int.TryParse(oid.AsSpan(DcapOids.Tcb.Length + 1), out var number) || number is < 1 or > ComponentCount)
                {
                    throw FormatError.Because($"the TCB entry {oid}", $"those of {DcapOids.Tcb}.1 to .18");
                }
                _components[number - 1] = (byte)ReadNumber(entry, byte.MaxValue);
                seen++;
            }
            entry.ThrowIfNotEmpty();
        }
        if (seen != ComponentCount) throw FormatError.Because($"{seen} TCB components", $"{ComponentCount}");
    }

    private static List<(string Oid, AsnReader Value)> ReadEntries(AsnReader entries)
    {
        var read = new List<(string Oid, AsnReader Value)>();
        while (entries.HasData)
        {
            var entry = entries.ReadSequence();
            var oid = entry.ReadObjectIdentifier();
            if (read.Count == MaxEntries) throw FormatError.Because("an SGX extension of many entries", $"at most {MaxEntries}");
            if (read.Exists(other => other.Oid == oid)) throw FormatError.Because($"the SGX entry {oid} twice", "once");
            read.Add((oid, entry));
        }
        return read;
    }

    private static byte[] ReadOctets(AsnReader reader, int size)
    {
        var bytes = reader.ReadOctetString();
        return bytes.Length == size ? bytes : throw FormatError.Because($"an SGX entry of {bytes.Length} bytes", $"{size}");
    }

    private static int ReadNumber(AsnReader reader, int maximum) =>
        reader.TryReadInt32(out var number) && number >= 0 && number <= maximum
            ? number
            : throw FormatError.Because("a security version out of range", $"0 to {maximum}");

    private static byte[] Required(byte[]? value, string name) =>
        value ?? throw FormatError.Because($"an SGX extension without {name}", "one with it");
}
