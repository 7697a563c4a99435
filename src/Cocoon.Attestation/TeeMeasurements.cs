using System.Security.Cryptography;
using Cocoon.Cryptography;

namespace Cocoon.Attestation;

/// <summary>
/// The measurements of what runs in a trusted execution environment, packed as the Cocoon wire protocol packs them, and the image
/// hash made of them.
/// </summary>
public sealed class TeeMeasurements
{
    /// <summary>The size of packed TDX measurements in bytes: MRTD, MRCONFIGID, MROWNER, MROWNERCONFIG, RTMR0 to RTMR3, 48 each.</summary>
    public const int TdxSize = 8 * 48;

    /// <summary>The size of an SGX measurement in bytes: MRENCLAVE.</summary>
    public const int SgxSize = 32;

    /// <summary>The size of the data of its own choice that an environment has quoted, in bytes.</summary>
    public const int ReportDataSize = 64;

    private readonly byte[] _packed;

    private TeeMeasurements(TeeMeasurementKind kind, ReadOnlySpan<byte> packed)
    {
        Kind = kind;
        _packed = packed.ToArray();

        // The image hash takes the whole structure, with the report data as zeros: it names the image, not one key of it.
        Span<byte> hashed = stackalloc byte[packed.Length + ReportDataSize];
        hashed.Clear();
        packed.CopyTo(hashed);
        ImageHash = Bits256.Sha256(hashed);
    }

    /// <summary>All TDX measurements zero, as the stand-in for TDX has them.</summary>
    public static TeeMeasurements ZeroTdx { get; } = Tdx(new byte[TdxSize]);

    /// <summary>Whose measurements these are.</summary>
    public TeeMeasurementKind Kind { get; }

    /// <summary>The measurements, <see cref="TdxSize"/> or <see cref="SgxSize"/> bytes.</summary>
    public ReadOnlyMemory<byte> Packed => _packed;

    /// <summary>SHA-256 of the measurements and 64 zero bytes.</summary>
    public Bits256 ImageHash { get; }

    /// <summary>The measurements of a TDX guest, <see cref="TdxSize"/> bytes.</summary>
    /// <exception cref="ArgumentException">Another number of bytes was given.</exception>
    public static TeeMeasurements Tdx(ReadOnlySpan<byte> packed) => new(TeeMeasurementKind.Tdx, RequireSize(packed, TdxSize));

    /// <summary>The measurement of an SGX enclave, <see cref="SgxSize"/> bytes.</summary>
    /// <exception cref="ArgumentException">Another number of bytes was given.</exception>
    public static TeeMeasurements Sgx(ReadOnlySpan<byte> packed) => new(TeeMeasurementKind.Sgx, RequireSize(packed, SgxSize));

    /// <summary>The data that binds a quote to a key: SHA-512 of its 32 bytes.</summary>
    public static byte[] ReportDataOf(Ed25519PublicKey key)
    {
        Span<byte> bytes = stackalloc byte[Bits256.Size];
        key.Bits.CopyTo(bytes);
        return SHA512.HashData(bytes);
    }

    private static ReadOnlySpan<byte> RequireSize(ReadOnlySpan<byte> packed, int size) =>
        packed.Length == size ? packed : throw new ArgumentException($"Measurements of {size} bytes are wanted, found {packed.Length}.", nameof(packed));
}
