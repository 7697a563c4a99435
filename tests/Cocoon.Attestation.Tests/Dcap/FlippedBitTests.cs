using System.Text;
using Cocoon.Attestation.Chains;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.Quotes;
using Cocoon.Attestation.Simulation;
using Cocoon.Attestation.Tests.Vectors;

namespace Cocoon.Attestation.Tests.Dcap;

/// <summary>No byte of a quote or of collateral can change without being noticed, and none makes a verifier throw what it does not declare.</summary>
public sealed class FlippedBitTests
{
    [Theory]
    [InlineData(4, QuoteBodyKind.Td10)]
    [InlineData(5, QuoteBodyKind.Td15)]
    public void Every_byte_of_a_simulated_quote_counts(int version, QuoteBodyKind kind)
    {
        using var tee = new SimulatedTee(SimulatedScene.DefaultPlatform);
        var quote = tee.CreateQuote(new SimulatedGuest { QuoteVersion = version, BodyKind = kind }, SimulatedScene.Key);
        RequireEveryByte(quote, VerifiedCollateral.Verify(tee.Collateral, tee.Anchor), QuoteRequirements.Default, SimulatedScene.Start.AddDays(1));
    }

    [VectorFact]
    public void Every_byte_of_a_real_tdx_quote_counts() => RequireEveryByte(
        IntelVectors.TdxQuote, VerifiedCollateral.Verify(IntelVectors.TdxCollateral, IntelRoots.Sgx), QuoteRequirements.Default, IntelVectors.Time);

    [VectorFact]
    public void Every_byte_of_a_real_sgx_quote_counts() => RequireEveryByte(
        IntelVectors.SgxQuote, VerifiedCollateral.Verify(IntelVectors.SgxCollateral, IntelRoots.Sgx), IntelVectors.Sgx, IntelVectors.Time);

    [Fact]
    public void Every_byte_of_simulated_collateral_counts()
    {
        using var tee = new SimulatedTee(SimulatedScene.DefaultPlatform with { IsRevoked = true });
        RequireEveryByte(tee.Collateral, tee.Anchor);
    }

    [VectorFact]
    public void Every_byte_of_real_collateral_counts() => RequireEveryByte(IntelVectors.TdxCollateral, IntelRoots.Sgx);

    /// <summary>Flips one bit in each byte, another one from byte to byte, and verifies the whole again.</summary>
    private static void RequireEveryByte(byte[] quote, VerifiedCollateral collateral, QuoteRequirements requirements, DateTimeOffset time)
    {
        Quote.TryParse(quote, out var parsed, out _).ShouldBeTrue();
        var reportData = parsed.ReportData.ToArray();
        QuoteVerifier.Verify(quote, reportData, collateral, requirements, time).Report.FirstFailure.ShouldBeNull();
        for (var i = 0; i < quote.Length; i++)
        {
            var bit = (byte)(1 << (i % 8));
            quote[i] ^= bit;
            var verdict = QuoteVerifier.Verify(quote, reportData, collateral, requirements, time);
            if (verdict.Report.IsValid || verdict.Evidence is not null) Assert.Fail($"Byte {i} can change.");
            quote[i] ^= bit;
        }
    }

    private static void RequireEveryByte(DcapCollateral good, TrustAnchor anchor)
    {
        VerifiedCollateral.Verify(good, anchor);
        Require("TCB info", good.TcbInfo, bytes => good with { TcbInfo = bytes });
        Require("TCB info signature", good.TcbInfoSignature, bytes => good with { TcbInfoSignature = bytes });
        Require("TCB info chain", Encoding.ASCII.GetBytes(good.TcbInfoIssuerChain), bytes => good with { TcbInfoIssuerChain = Encoding.Latin1.GetString(bytes) });
        Require("QE identity", good.QeIdentity, bytes => good with { QeIdentity = bytes });
        Require("QE identity signature", good.QeIdentitySignature, bytes => good with { QeIdentitySignature = bytes });
        Require("QE identity chain", Encoding.ASCII.GetBytes(good.QeIdentityIssuerChain), bytes => good with { QeIdentityIssuerChain = Encoding.Latin1.GetString(bytes) });
        Require("PCK revocation list", good.PckCrl, bytes => good with { PckCrl = bytes });
        Require("PCK authority chain", Encoding.ASCII.GetBytes(good.PckCrlIssuerChain), bytes => good with { PckCrlIssuerChain = Encoding.Latin1.GetString(bytes) });
        Require("root revocation list", good.RootCaCrl, bytes => good with { RootCaCrl = bytes });

        void Require(string what, ReadOnlyMemory<byte> part, Func<byte[], DcapCollateral> change)
        {
            var bytes = part.ToArray();
            for (var i = 0; i < bytes.Length; i++)
            {
                var bit = (byte)(1 << (i % 8));
                bytes[i] ^= bit;
                try
                {
                    VerifiedCollateral.Verify(change(bytes), anchor);
                    Assert.Fail($"Byte {i} of the {what} can change.");
                }
                catch (AttestationException)
                {
                    bytes[i] ^= bit;
                }
            }
        }
    }
}
