using System.Buffers.Binary;

namespace Cocoon.Attestation.SevSnp;

/// <summary>
/// An attestation report of AMD SEV-SNP, versions 2 to 5 (SEV-SNP firmware ABI, table ATTESTATION_REPORT). Reading one checks its form
/// only; <see cref="SnpVerifier"/> says whether to believe it.
/// </summary>
public sealed class SnpReport
{
    /// <summary>The size of a report in bytes.</summary>
    public const int Size = 1184;

    /// <summary>The oldest version that is read.</summary>
    public const int MinVersion = 2;

    /// <summary>The newest version that is read.</summary>
    public const int MaxVersion = 5;

    internal const int SignedSize = 0x2a0;
    private const int NumberSize = 72;

    private readonly byte[] _raw;

    private SnpReport(byte[] raw) => _raw = raw;

    /// <summary>The report's version.</summary>
    public uint Version => UInt32(0);

    /// <summary>The version of the guest's image that its owner gave it.</summary>
    public uint GuestSvn => UInt32(4);

    /// <summary>What the host may do.</summary>
    public SnpGuestPolicy Policy => new(BinaryPrimitives.ReadUInt64LittleEndian(_raw.AsSpan(8)));

    /// <summary>The privilege level inside the guest that asked for the report: 0, the highest, to 3.</summary>
    public uint Vmpl => UInt32(0x30);

    /// <summary>The algorithm of the signature; 1 is ECDSA P-384 with SHA-384.</summary>
    public uint SignatureAlgorithm => UInt32(0x34);

    /// <summary>Which key signed.</summary>
    public SnpSigningKey SigningKey => (SnpSigningKey)(KeyInfo >> 2 & 7);

    /// <summary>Whether the host hides which chip this is.</summary>
    public bool IsChipMasked => (KeyInfo & 2) != 0;

    /// <summary>The data that the guest had put into the report, 64 bytes.</summary>
    public ReadOnlyMemory<byte> ReportData => _raw.AsMemory(0x50, 64);

    /// <summary>The measurement of the guest at launch, 48 bytes.</summary>
    public ReadOnlyMemory<byte> Measurement => _raw.AsMemory(0x90, 48);

    /// <summary>Data that the host gave at launch, 32 bytes.</summary>
    public ReadOnlyMemory<byte> HostData => _raw.AsMemory(0xc0, 32);

    /// <summary>SHA-384 of the key that signed the guest's identity block, 48 bytes; zeros without one.</summary>
    public ReadOnlyMemory<byte> IdKeyDigest => _raw.AsMemory(0xe0, 48);

    /// <summary>The chip's id, 64 bytes; zeros when it is masked. Turin's ids have 8 bytes, followed by zeros.</summary>
    public ReadOnlyMemory<byte> ChipId => _raw.AsMemory(0x1a0, 64);

    /// <summary>The report as it came.</summary>
    public ReadOnlyMemory<byte> Raw => _raw;

    /// <summary>The product line that the chip itself names; null in reports of version 2, which do not, and for chips not known here.</summary>
    public SnpProduct? Product => Version < 3 ? null : (_raw[0x188], _raw[0x189]) switch
    {
        (0x19, <= 0x0f) => SnpProduct.Milan,
        (0x19, >= 0x10 and <= 0x1f or >= 0xa0 and <= 0xaf) => SnpProduct.Genoa,
        (0x1a, <= 0x11) => SnpProduct.Turin,
        _ => null,
    };

    /// <summary>The chip's family, model and stepping as the report has them; "not told" in version 2.</summary>
    public string Processor => Version < 3 ? "not told" : $"family {_raw[0x188]:x}h, model {_raw[0x189]:x}h, stepping {_raw[0x18a]:x}h";

    /// <summary>The firmware that runs now, major.minor.build.</summary>
    public string CurrentFirmware => $"{_raw[0x1ea]}.{_raw[0x1e9]}.{_raw[0x1e8]}";

    /// <summary>The oldest firmware the platform can go back to, major.minor.build.</summary>
    public string CommittedFirmware => $"{_raw[0x1ee]}.{_raw[0x1ed]}.{_raw[0x1ec]}";

    /// <summary>Whether the signature is of the one algorithm there is so far.</summary>
    internal bool HasKnownSignature => SignatureAlgorithm == 1;

    internal ReadOnlySpan<byte> RawCurrentTcb => _raw.AsSpan(0x38, SnpTcb.Size);

    internal ReadOnlySpan<byte> RawReportedTcb => _raw.AsSpan(0x180, SnpTcb.Size);

    internal ReadOnlySpan<byte> RawCommittedTcb => _raw.AsSpan(0x1e0, SnpTcb.Size);

    internal ReadOnlySpan<byte> RawLaunchTcb => _raw.AsSpan(0x1f0, SnpTcb.Size);

    internal ReadOnlySpan<byte> SignedPart => _raw.AsSpan(0, SignedSize);

    private uint KeyInfo => UInt32(0x48);

    /// <summary>Reads a report.</summary>
    /// <param name="bytes">Exactly <see cref="Size"/> bytes.</param>
    /// <exception cref="AttestationException">It is of another size or version, or a reserved byte is not zero.</exception>
    public static SnpReport Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size) throw new AttestationException($"A report of {bytes.Length} bytes was found, wanted {Size}.");
        var report = new SnpReport(bytes.ToArray());
        if (report.Version is < MinVersion or > MaxVersion)
            throw new AttestationException($"A report of version {report.Version} was found, wanted {MinVersion} to {MaxVersion}.");
        report.RequireZero(0x4c, 0x50);
        report.RequireZero(report.Version < 3 ? 0x188 : 0x18b, 0x1a0);
        report.RequireZero(0x1eb, 0x1ec);
        report.RequireZero(0x1ef, 0x1f0);
        report.RequireZero(report.Version < 5 ? 0x1f8 : 0x208, SignedSize);
        // Each number of the signature has 48 bytes of its 72.
        report.RequireZero(SignedSize + 48, SignedSize + NumberSize);
        report.RequireZero(SignedSize + NumberSize + 48, Size);
        if (report.KeyInfo >> 5 != 0) throw new AttestationException($"The report's key information 0x{report.KeyInfo:x} has bits that are not known here.");
        return report;
    }

    /// <summary>The signature as r and s, 48 bytes each, big endian. The report has them little endian.</summary>
    internal byte[] GetSignature()
    {
        var signature = new byte[96];
        _raw.AsSpan(SignedSize, 48).CopyTo(signature);
        _raw.AsSpan(SignedSize + NumberSize, 48).CopyTo(signature.AsSpan(48));
        signature.AsSpan(0, 48).Reverse();
        signature.AsSpan(48).Reverse();
        return signature;
    }

    private uint UInt32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_raw.AsSpan(offset));

    private void RequireZero(int from, int to)
    {
        if (_raw.AsSpan(from..to).IndexOfAnyExcept((byte)0) >= 0)
            throw new AttestationException($"The report's reserved bytes 0x{from:x} to 0x{to:x} are not zero.");
    }
}
