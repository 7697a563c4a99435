using System.Globalization;

namespace Cocoon.Attestation.SevSnp;

/// <summary>
/// The security patch levels of a platform's parts (TCB_VERSION, SEV-SNP firmware ABI §2.2). They have no common order: one version is at
/// least another when each of its parts is.
/// </summary>
/// <param name="BootLoader">Of the security processor's boot loader.</param>
/// <param name="Tee">Of the security processor's operating system.</param>
/// <param name="Snp">Of the SEV-SNP firmware.</param>
/// <param name="Microcode">Of the cores' microcode.</param>
/// <param name="Fmc">Of the first mutable code, which only Turin has; 0 elsewhere.</param>
public readonly record struct SnpTcb(byte BootLoader, byte Tee, byte Snp, byte Microcode, byte Fmc = 0)
{
    /// <summary>The size in bytes.</summary>
    public const int Size = 8;

    /// <summary>Whether no part is older than in <paramref name="minimum"/>.</summary>
    public bool IsAtLeast(SnpTcb minimum) =>
        BootLoader >= minimum.BootLoader && Tee >= minimum.Tee && Snp >= minimum.Snp && Microcode >= minimum.Microcode && Fmc >= minimum.Fmc;

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"boot loader {BootLoader}, TEE {Tee}, SNP {Snp}, microcode {Microcode}, FMC {Fmc}");

    /// <summary>Reads <see cref="Size"/> bytes as the product line lays them out; null where a part that has to be zero is not.</summary>
    public static SnpTcb? Read(ReadOnlySpan<byte> raw, SnpProduct product)
    {
        if (product == SnpProduct.Turin)
            return raw[4..7].IndexOfAnyExcept((byte)0) < 0 ? new SnpTcb(BootLoader: raw[1], Tee: raw[2], Snp: raw[3], Microcode: raw[7], Fmc: raw[0]) : null;
        return raw[2..6].IndexOfAnyExcept((byte)0) < 0 ? new SnpTcb(BootLoader: raw[0], Tee: raw[1], Snp: raw[6], Microcode: raw[7]) : null;
    }
}
