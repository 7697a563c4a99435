using System.Diagnostics.CodeAnalysis;
using Cocoon.Attestation.Chains;
using Cocoon.Attestation.Quotes;
using Cocoon.Attestation.Verification;

namespace Cocoon.Attestation.Dcap;

/// <summary>
/// What collateral a quote needs, as the quote itself says. Nothing of it has been verified: it is good for finding collateral and for
/// nothing else.
/// </summary>
/// <param name="Kind">For SGX or TDX.</param>
/// <param name="Fmspc">The kind of platform, 12 lower-case hexadecimal digits.</param>
/// <param name="Authority">Which authority's revocation list: "processor" or "platform", as Intel's service calls it.</param>
public sealed record DcapPlatform(TeeMeasurementKind Kind, string Fmspc, string Authority)
{
    /// <summary>What a file with this collateral is called, such as "tdx-00906ed50000-platform.json".</summary>
    public string FileName => $"{(Kind == TeeMeasurementKind.Tdx ? "tdx" : "sgx")}-{Fmspc}-{Authority}.json";

    /// <summary>Reads it out of a quote whose certificates go back to a root. Nothing else of the quote has been verified.</summary>
    /// <param name="quote">The quote; hostile until proven otherwise.</param>
    /// <param name="anchor">The root.</param>
    /// <param name="platform">What it needs when this returns true.</param>
    /// <param name="failure">What is wrong with it when this returns false.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> quote, TrustAnchor anchor, [NotNullWhen(true)] out DcapPlatform? platform, [NotNullWhen(false)] out EvidenceCheck? failure)
    {
        ArgumentNullException.ThrowIfNull(anchor);
        return TryReadChain(quote, out platform, out var chain, out failure) && chain.IsOf(anchor, out failure);
    }

    /// <summary>Reads it out of a quote.</summary>
    /// <param name="quote">The quote; hostile until proven otherwise.</param>
    /// <param name="platform">What it needs when this returns true.</param>
    /// <param name="failure">What is wrong with it when this returns false.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> quote, [NotNullWhen(true)] out DcapPlatform? platform, [NotNullWhen(false)] out EvidenceCheck? failure) =>
        TryReadChain(quote, out platform, out _, out failure);

    private static bool TryReadChain(
        ReadOnlySpan<byte> quote, [NotNullWhen(true)] out DcapPlatform? platform, out PckChain chain, [NotNullWhen(false)] out EvidenceCheck? failure)
    {
        platform = null;
        chain = default;
        if (!Quote.TryParse(quote, out var parsed, out failure)) return false;
        try
        {
            chain = PckChain.Read(parsed.CertificateChain, known: null);
            var authority = chain.Authority.Subject.Contains("Processor", StringComparison.Ordinal) ? "processor" : "platform";
            platform = new DcapPlatform(parsed.Kind, Convert.ToHexStringLower(chain.Platform.Fmspc), authority);
            return true;
        }
        catch (AttestationException exception)
        {
            failure = PckChain.FormatFailure(exception);
            return false;
        }
    }
}
