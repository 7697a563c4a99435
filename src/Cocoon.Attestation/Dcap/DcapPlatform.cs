using System.Diagnostics.CodeAnalysis;
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
    /// <summary>Reads it out of a quote.</summary>
    /// <param name="quote">The quote; hostile until proven otherwise.</param>
    /// <param name="platform">What it needs when this returns true.</param>
    /// <param name="failure">What is wrong with it when this returns false.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> quote, [NotNullWhen(true)] out DcapPlatform? platform, [NotNullWhen(false)] out EvidenceCheck? failure)
    {
        platform = null;
        if (!Quote.TryParse(quote, out var parsed, out failure)) return false;
        try
        {
            var chain = PckChain.Read(parsed.CertificateChain, known: null);
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
