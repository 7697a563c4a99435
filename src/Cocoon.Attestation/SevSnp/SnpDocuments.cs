using System.Globalization;
using Cocoon.Attestation.Vendors;

namespace Cocoon.Attestation.SevSnp;

/// <summary>What AMD's key distribution service publishes, by its names there (AMD publication 57230, chapter 4).</summary>
internal static class SnpDocuments
{
    /// <summary>The names of files with certificates of chips' keys.</summary>
    public const string ChipKeyFiles = "vcek-*.der";

    /// <summary>The certificates of who signs a product line's keys, and of the root above: PEM.</summary>
    public static VendorDocument Authorities(SnpProduct product, SnpSigningKey key) => new($"{Service(key)}/v1/{product}/cert_chain", Name(key, product, "chain.pem"));

    /// <summary>The root's list of authorities that are revoked: DER.</summary>
    public static VendorDocument RevocationList(SnpProduct product, SnpSigningKey key) => new($"{Service(key)}/v1/{product}/crl", Name(key, product, "revoked.crl"));

    /// <summary>
    /// The certificate of the chip's key at the patch level that a report names: DER. Null where AMD publishes none: the key is a provider's, the host hides
    /// its chip, or the report's words make no name.
    /// </summary>
    public static VendorDocument? FindChipKey(SnpReport report, SnpProduct product)
    {
        if (report.SigningKey != SnpSigningKey.Vcek || report.IsChipMasked || SnpTcb.Read(report.RawReportedTcb, product) is not { } tcb) return null;
        // Turin's ids are short, and its service knows them without the zeros.
        var chip = product == SnpProduct.Turin ? report.ChipId[..8] : report.ChipId;
        if (chip.Span.IndexOfAnyExcept((byte)0) < 0 || report.ChipId[chip.Length..].Span.IndexOfAnyExcept((byte)0) >= 0) return null;
        var id = Convert.ToHexStringLower(chip.Span);
        (string Name, byte Level)[] parts = [("blSPL", tcb.BootLoader), ("teeSPL", tcb.Tee), ("snpSPL", tcb.Snp), ("ucodeSPL", tcb.Microcode)];
        if (product == SnpProduct.Turin) parts = [("fmcSPL", tcb.Fmc), .. parts];
        var query = string.Join('&', parts.Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Name}={part.Level:00}")));
        var levels = string.Join('-', parts.Select(part => part.Level.ToString(CultureInfo.InvariantCulture)));
        return new VendorDocument($"vcek/v1/{product}/{id}?{query}", Name(SnpSigningKey.Vcek, product, $"{id}-{levels}.der"));
    }

    private static string Name(SnpSigningKey key, SnpProduct product, string what) => $"{Service(key)}-{product.ToString().ToLowerInvariant()}-{what}";

    private static string Service(SnpSigningKey key) => key == SnpSigningKey.Vlek ? "vlek" : "vcek";
}
