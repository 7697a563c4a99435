using System.Text;
using Cocoon.Attestation.Chains;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.Simulation;
using Cocoon.Attestation.Tests.Dcap;
using Cocoon.Attestation.Tests.Vectors;

namespace Cocoon.Attestation.Tests.Flips;

/// <summary>
/// Collateral: seven signatures, of which one notices a change. So one bit of every byte of every part goes through the whole verification, and
/// all eight bits of every byte of what is signed go through the check that this part has in it, with the signer taken as verified.
/// </summary>
[Collection(nameof(FlipCollection))]
public sealed class CollateralFlipTests
{
    [VectorFact]
    public void One_bit_of_every_byte_of_the_real_TDX_collateral() => RequireEveryByte(IntelVectors.TdxCollateral, IntelRoots.Sgx, known: null);

    [VectorFact]
    public void One_bit_of_every_byte_of_the_real_SGX_collateral_where_it_is_not_as_for_TDX() =>
        RequireEveryByte(IntelVectors.SgxCollateral, IntelRoots.Sgx, IntelVectors.TdxCollateral);

    [Fact]
    public void One_bit_of_every_byte_of_simulated_collateral()
    {
        using var tee = new SimulatedTee(SimulatedScene.DefaultPlatform with { IsRevoked = true });
        RequireEveryByte(tee.Collateral, tee.Anchor, known: null);
    }

    [VectorFact]
    public void All_8_bits_of_every_byte_that_is_signed_in_the_real_TDX_collateral() => RequireSigned(IntelVectors.TdxCollateral, known: null);

    [VectorFact]
    public void All_8_bits_of_every_byte_that_is_signed_in_the_real_SGX_collateral_where_it_is_not_as_for_TDX() =>
        RequireSigned(IntelVectors.SgxCollateral, IntelVectors.TdxCollateral);

    private static void RequireEveryByte(DcapCollateral good, TrustAnchor anchor, DcapCollateral? known)
    {
        Require("TCB info", own => own.TcbInfo, bytes => good with { TcbInfo = bytes });
        Require("TCB info signature", own => own.TcbInfoSignature, bytes => good with { TcbInfoSignature = bytes });
        Require("TCB info chain", own => Ascii(own.TcbInfoIssuerChain), bytes => good with { TcbInfoIssuerChain = Encoding.Latin1.GetString(bytes) });
        Require("QE identity", own => own.QeIdentity, bytes => good with { QeIdentity = bytes });
        Require("QE identity signature", own => own.QeIdentitySignature, bytes => good with { QeIdentitySignature = bytes });
        Require("QE identity chain", own => Ascii(own.QeIdentityIssuerChain), bytes => good with { QeIdentityIssuerChain = Encoding.Latin1.GetString(bytes) });
        Require("PCK revocation list", own => own.PckCrl, bytes => good with { PckCrl = bytes });
        Require("PCK authority chain", own => Ascii(own.PckCrlIssuerChain), bytes => good with { PckCrlIssuerChain = Encoding.Latin1.GetString(bytes) });
        Require("root revocation list", own => own.RootCaCrl, bytes => good with { RootCaCrl = bytes });

        void Require(string what, Func<DcapCollateral, ReadOnlyMemory<byte>> part, Func<byte[], DcapCollateral> change)
        {
            if (known is not null && part(known).Span.SequenceEqual(part(good).Span)) return;
            BitFlips.OneInEach(part(good), bytes => VerifiedCollateral.Verify(change(bytes), anchor) is not null).ShouldBeEmpty(what);
        }
    }

    private static void RequireSigned(DcapCollateral good, DcapCollateral? known)
    {
        var (signer, root) = ReadChain(good.TcbInfoIssuerChain);
        var (authority, _) = ReadChain(good.PckCrlIssuerChain);
        if (known is null)
        {
            RequireCertificate("root", root, root);
            RequireCertificate("TCB info signer", signer, root);
            Require("root revocation list", good.RootCaCrl, bytes => RevocationList.Parse(bytes).IsIssuedBy(root));
        }
        RequireCertificate("PCK authority", authority, root);
        Require("PCK revocation list", good.PckCrl, bytes => RevocationList.Parse(bytes).IsIssuedBy(authority));
        RequireDocument("TCB info", good.TcbInfo, good.TcbInfoSignature);
        RequireDocument("QE identity", good.QeIdentity, good.QeIdentitySignature);

        void RequireDocument(string what, ReadOnlyMemory<byte> document, ReadOnlyMemory<byte> signature)
        {
            Require(what, document, bytes => VerifiedCollateral.IsDocumentSigned(signer, bytes, signature.Span));
            Require($"{what} signature", signature, bytes => VerifiedCollateral.IsDocumentSigned(signer, document.Span, bytes));
        }
    }

    private static void RequireCertificate(string what, ChainCertificate certificate, ChainCertificate issuer) =>
        Require($"{what} certificate", certificate.Der, bytes => ChainCertificate.Parse(bytes).IsIssuedBy(issuer));

    private static void Require(string what, ReadOnlyMemory<byte> part, Func<byte[], bool> isBelieved) => BitFlips.InAll(part, isBelieved).ShouldBeEmpty(what);

    private static (ChainCertificate Leaf, ChainCertificate Root) ReadChain(string pem)
    {
        var chain = PemChain.Read(Ascii(pem).Span, 2);
        return (ChainCertificate.Parse(chain[0]), ChainCertificate.Parse(chain[1]));
    }

    private static ReadOnlyMemory<byte> Ascii(string text) => Encoding.ASCII.GetBytes(text);
}
