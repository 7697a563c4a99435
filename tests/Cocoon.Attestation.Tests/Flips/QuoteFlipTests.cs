using System.Text;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.Quotes;
using Cocoon.Attestation.Simulation;
using Cocoon.Attestation.Tests.Dcap;
using Cocoon.Attestation.Tests.Vectors;
using Cocoon.Attestation.Verification;

namespace Cocoon.Attestation.Tests.Flips;

/// <summary>
/// Quotes, each change verified by the whole verifier. A quote counts as believed once its signatures are, whatever it says; so no change may
/// hide behind a requirement. The report data that is wanted is what the changed quote says, for the same reason.
/// </summary>
/// <remarks>
/// What no signature covers: <list type="bullet">
/// <item>the zero with which quoting libraries end the PEM text of the certificates: it may be a space, which is white space to a PEM reader;</item>
/// <item>bytes after the length that the quote declares: they have to be zero, so no change of them passes either.</item>
/// </list></remarks>
[Collection(nameof(FlipCollection))]
public sealed class QuoteFlipTests
{
    [VectorFact]
    public void All_8_bits_of_every_byte_of_the_real_TDX_quote() =>
        RequireAllBits(IntelVectors.TdxQuote, VerifiedCollateral.Verify(IntelVectors.TdxCollateral, IntelRoots.Sgx), QuoteRequirements.Default, IntelVectors.Time);

    [VectorFact]
    public void All_8_bits_of_every_byte_of_the_real_SGX_quote() =>
        RequireAllBits(IntelVectors.SgxQuote, VerifiedCollateral.Verify(IntelVectors.SgxCollateral, IntelRoots.Sgx), IntelVectors.Sgx, IntelVectors.Time);

    /// <summary>There is no vector of version 5, so the simulated platform stands for it.</summary>
    [Fact]
    public void All_8_bits_of_every_byte_of_a_simulated_quote_of_version_5()
    {
        using var tee = new SimulatedTee(SimulatedScene.DefaultPlatform);
        var quote = tee.CreateQuote(new SimulatedGuest { QuoteVersion = 5, BodyKind = QuoteBodyKind.Td15 }, SimulatedScene.Key);
        RequireAllBits(quote, VerifiedCollateral.Verify(tee.Collateral, tee.Anchor), QuoteRequirements.Default, SimulatedScene.Start.AddDays(1));
    }

    private static void RequireAllBits(byte[] quote, VerifiedCollateral collateral, QuoteRequirements requirements, DateTimeOffset time)
    {
        Verify(quote).FirstFailure.ShouldBeNull();
        BitFlips.InAll(quote, changed => Verify(changed).Checks.Any(check => check is { Name: "quote signature", Passed: true })).ShouldBe(Unsigned(quote));

        EvidenceReport Verify(byte[] changed) => IntelVectors.Verify(changed, collateral, requirements, time).Report;
    }

    /// <summary>The bits that no signature covers and no check needs: the one that makes a space of the zero after the certificates.</summary>
    private static BitFlip[] Unsigned(byte[] quote)
    {
        const int SpaceBit = 5;
        Quote.TryParse(quote, out var parsed, out _).ShouldBeTrue();
        var textEnd = parsed.Length - parsed.CertificateChain.Length + Encoding.Latin1.GetString(parsed.CertificateChain).TrimEnd('\0').Length;
        return textEnd < parsed.Length ? [new BitFlip(textEnd, SpaceBit)] : [];
    }
}
