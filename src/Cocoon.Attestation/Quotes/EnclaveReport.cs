using System.Buffers.Binary;

namespace Cocoon.Attestation.Quotes;

/// <summary>A view of the report of an SGX enclave, 384 bytes (Intel SDM volume 3D, REPORT structure, without its MAC).</summary>
public readonly ref struct EnclaveReport
{
    /// <summary>The size in bytes.</summary>
    public const int Size = 384;

    private readonly ReadOnlySpan<byte> _bytes;

    /// <summary>Looks at a report.</summary>
    /// <exception cref="ArgumentException">It has another size.</exception>
    public EnclaveReport(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size) throw new ArgumentException($"An enclave report has {Size} bytes, found {bytes.Length}.", nameof(bytes));
        _bytes = bytes;
    }

    /// <summary>CPUSVN, 16 bytes.</summary>
    public ReadOnlySpan<byte> CpuSvn => _bytes[..16];

    /// <summary>MISCSELECT, 4 bytes.</summary>
    public ReadOnlySpan<byte> MiscSelect => _bytes.Slice(16, 4);

    /// <summary>ATTRIBUTES: 8 bytes of flags and 8 of XFRM.</summary>
    public ReadOnlySpan<byte> Attributes => _bytes.Slice(48, 16);

    /// <summary>Whether the host may read the enclave's memory.</summary>
    public bool IsDebug => (Attributes[0] & 2) != 0;

    /// <summary>MRENCLAVE: the enclave's measurement, 32 bytes.</summary>
    public ReadOnlySpan<byte> MrEnclave => _bytes.Slice(64, TeeMeasurements.SgxSize);

    /// <summary>MRSIGNER: who signed the enclave, 32 bytes.</summary>
    public ReadOnlySpan<byte> MrSigner => _bytes.Slice(128, 32);

    /// <summary>ISVPRODID: which of its signer's enclaves it is.</summary>
    public int IsvProdId => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[256..]);

    /// <summary>ISVSVN: its security version.</summary>
    public int IsvSvn => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[258..]);

    /// <summary>The data of its own choice that the enclave had reported.</summary>
    public ReadOnlySpan<byte> ReportData => _bytes.Slice(320, TeeMeasurements.ReportDataSize);
}
