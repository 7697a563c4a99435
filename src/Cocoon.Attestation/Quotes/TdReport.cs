using System.Buffers.Binary;

namespace Cocoon.Attestation.Quotes;

/// <summary>
/// A view of the report of a TDX guest inside a quote, 584 bytes for TDX 1.0 and 648 for 1.5 (Intel TDX DCAP Quoting Library API, appendix A.3).
/// </summary>
public readonly ref struct TdReport
{
    /// <summary>The size of a TDX 1.0 report in bytes.</summary>
    public const int Size10 = 584;

    /// <summary>The size of a TDX 1.5 report in bytes.</summary>
    public const int Size15 = 648;

    /// <summary>The size of a measurement in bytes.</summary>
    public const int MeasurementSize = 48;

    /// <summary>The size of a vector of security version numbers in bytes.</summary>
    public const int SvnSize = 16;

    private readonly ReadOnlySpan<byte> _bytes;

    /// <summary>Looks at a report.</summary>
    /// <exception cref="ArgumentException">It has neither of the two sizes.</exception>
    public TdReport(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is not (Size10 or Size15))
            throw new ArgumentException($"A TD report has {Size10} or {Size15} bytes, found {bytes.Length}.", nameof(bytes));
        _bytes = bytes;
    }

    /// <summary>TEE_TCB_SVN: the versions under which the guest was started. Byte 0 is the TDX module's minor version, byte 1 its major one.</summary>
    public ReadOnlySpan<byte> TeeTcbSvn => _bytes[..SvnSize];

    /// <summary>MRSEAM: the measurement of the TDX module.</summary>
    public ReadOnlySpan<byte> MrSeam => _bytes.Slice(16, MeasurementSize);

    /// <summary>MRSIGNERSEAM: who signed the TDX module; zero for Intel.</summary>
    public ReadOnlySpan<byte> MrSignerSeam => _bytes.Slice(64, MeasurementSize);

    /// <summary>SEAMATTRIBUTES, 8 bytes.</summary>
    public ReadOnlySpan<byte> SeamAttributes => _bytes.Slice(112, 8);

    /// <summary>The guest's attributes.</summary>
    public TdAttributes Attributes => (TdAttributes)BinaryPrimitives.ReadUInt64LittleEndian(_bytes[120..]);

    /// <summary>XFAM: the processor state that the guest may use, as in XCR0 and IA32_XSS.</summary>
    public ulong Xfam => BinaryPrimitives.ReadUInt64LittleEndian(_bytes[128..]);

    /// <summary>MRTD, MRCONFIGID, MROWNER, MROWNERCONFIG, RTMR0 to RTMR3, as <see cref="TeeMeasurements.Tdx"/> takes them.</summary>
    public ReadOnlySpan<byte> Measurements => _bytes.Slice(136, TeeMeasurements.TdxSize);

    /// <summary>The data of its own choice that the guest had quoted.</summary>
    public ReadOnlySpan<byte> ReportData => _bytes.Slice(520, TeeMeasurements.ReportDataSize);

    /// <summary>TEE_TCB_SVN_2: the versions that run now, after updates under a running guest; empty for TDX 1.0.</summary>
    public ReadOnlySpan<byte> TeeTcbSvn2 => _bytes.Length == Size15 ? _bytes.Slice(Size10, SvnSize) : default;

    /// <summary>MRSERVICETD: the service guests bound to this one; empty for TDX 1.0.</summary>
    public ReadOnlySpan<byte> MrServiceTd => _bytes.Length == Size15 ? _bytes[(Size10 + SvnSize)..] : default;
}
