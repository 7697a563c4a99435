using System.Collections.Immutable;
using System.Text;
using Cocoon.Attestation.Verification;

namespace Cocoon.Attestation.Dcap;

/// <summary>
/// Collateral whose signatures were verified up to a trust anchor and that was read: all that verifying a quote can have ready. Whether it
/// is still good at a given time is checked with each quote. Immutable; used by several verifications at once.
/// </summary>
public sealed class VerifiedCollateral
{
    private const string FetchAdvice = "fetch the collateral again";

    private VerifiedCollateral(DcapCollateral source, TrustAnchor anchor)
    {
        Anchor = anchor;
        var checks = new CheckList();
        void Require(string name, bool passed, string otherwise, string wanted, string advice = FetchAdvice)
        {
            if (!checks.RequireThat(name, passed, otherwise, wanted, advice))
                throw new AttestationException(new EvidenceCheck(name, passed, otherwise, wanted, advice).ToString());
        }

        (PckAuthority, Root) = ReadChain(source.PckCrlIssuerChain);
        Require("root key", anchor.Holds(Root.PublicKey), "another root", anchor.Name, "use collateral of the hardware's vendor");
        Require("root certificate", Root.IsSignedBy(Root) && Root.MayIssue && Root.MayRevoke, "a certificate its key did not sign as a root", "a root");
        RootCrl = RevocationList.Parse(source.RootCaCrl);
        Require("root revocation list signature", RootCrl.IsSignedBy(Root), "a list that the root did not sign", "one that it did");

        Require(
            "PCK authority",
            IsAuthority(PckAuthority, Root),
            $"'{PckAuthority.CommonName}', not issued by the root as an authority",
            "a PCK authority of the root");
        Require("PCK authority revocation", !RootCrl.Revokes(PckAuthority), "a revoked certificate", "one that is not");
        PckCrl = RevocationList.Parse(source.PckCrl);
        Require("PCK revocation list signature", PckCrl.IsSignedBy(PckAuthority), $"a list that '{PckAuthority.CommonName}' did not sign", "one that it did");

        var tcbSigner = ReadSigner("TCB info", source.TcbInfoIssuerChain, Require);
        Require(
            "TCB info signature",
            P256.Verify(tcbSigner.PublicKey, source.TcbInfo.Span, source.TcbInfoSignature.Span),
            "a signature that does not fit",
            "one by the key of its issuer chain");
        TcbInfo = TcbInfo.Parse(source.TcbInfo);

        var qeSigner = source.QeIdentityIssuerChain == source.TcbInfoIssuerChain
            ? tcbSigner
            : ReadSigner("QE identity", source.QeIdentityIssuerChain, Require);
        Require(
            "QE identity signature",
            P256.Verify(qeSigner.PublicKey, source.QeIdentity.Span, source.QeIdentitySignature.Span),
            "a signature that does not fit",
            "one by the key of its issuer chain");
        QeIdentity = QeIdentity.Parse(source.QeIdentity);
        Require("QE identity kind", QeIdentity.Tee == TcbInfo.Tee, $"a quoting enclave for {QeIdentity.Tee}", $"one for {TcbInfo.Tee}, as the TCB info");

        Checks = checks.ToImmutable();
        Validities =
        [
            Validity.Of("root certificate", Root),
            Validity.Of("PCK authority certificate", PckAuthority),
            Validity.Of("TCB info signer certificate", tcbSigner),
            Validity.Of("QE identity signer certificate", qeSigner),
            new("root revocation list", RootCrl.ThisUpdate, RootCrl.NextUpdate, FetchAdvice),
            new("PCK revocation list", PckCrl.ThisUpdate, PckCrl.NextUpdate, FetchAdvice),
            new("TCB info", TcbInfo.IssueDate, TcbInfo.NextUpdate, FetchAdvice),
            new("QE identity", QeIdentity.IssueDate, QeIdentity.NextUpdate, FetchAdvice),
        ];
        ValidFrom = Validities.Max(validity => validity.From);
        ValidUntil = Validities.Min(validity => validity.Until);
    }

    /// <summary>Where its signatures end.</summary>
    public TrustAnchor Anchor { get; }

    /// <summary>For quotes of which kind.</summary>
    public TeeMeasurementKind Kind => TcbInfo.Tee;

    /// <summary>For platforms of which kind: the FMSPC, 12 lower-case hexadecimal digits.</summary>
    public string Fmspc => Convert.ToHexStringLower(TcbInfo.Fmspc);

    /// <summary>The TCB evaluation data number: it grows with each recovery of the TCB.</summary>
    public int EvaluationNumber => Math.Min(TcbInfo.EvaluationNumber, QeIdentity.EvaluationNumber);

    /// <summary>From when all of it is valid.</summary>
    public DateTimeOffset ValidFrom { get; }

    /// <summary>Until when all of it is valid: the earliest end of a certificate, or next update of a list or a document.</summary>
    public DateTimeOffset ValidUntil { get; }

    internal ImmutableArray<EvidenceCheck> Checks { get; }

    internal ImmutableArray<Validity> Validities { get; }

    internal DcapCertificate Root { get; }

    internal DcapCertificate PckAuthority { get; }

    internal RevocationList RootCrl { get; }

    internal RevocationList PckCrl { get; }

    internal TcbInfo TcbInfo { get; }

    internal QeIdentity QeIdentity { get; }

    /// <summary>Verifies and reads collateral. Takes a millisecond or two.</summary>
    /// <param name="collateral">The collateral; hostile until proven otherwise.</param>
    /// <param name="anchor">The root that has to stand behind it.</param>
    /// <exception cref="AttestationException">A check failed; the message is its sentence.</exception>
    public static VerifiedCollateral Verify(DcapCollateral collateral, TrustAnchor anchor)
    {
        ArgumentNullException.ThrowIfNull(collateral);
        ArgumentNullException.ThrowIfNull(anchor);
        return new VerifiedCollateral(collateral, anchor);
    }

    /// <summary>Whether a certificate is an authority for PCK certificates that the root issued.</summary>
    internal static bool IsAuthority(DcapCertificate certificate, DcapCertificate root) =>
        certificate.IsSignedBy(root)
        && certificate is { MayIssue: true, MayRevoke: true, PathLength: 0 }
        && certificate.CommonName.Contains("CA", StringComparison.Ordinal);

    private DcapCertificate ReadSigner(string what, string chain, Action<string, bool, string, string, string> require)
    {
        var (signer, root) = ReadChain(chain);
        require($"{what} signer root", root.Der.Span.SequenceEqual(Root.Der.Span), "another root certificate", "the same in all chains", FetchAdvice);
        require(
            $"{what} signer",
            signer.IsSignedBy(Root) && signer is { IsAuthority: false, MaySign: true } && signer.CommonName.Contains("TCB Signing", StringComparison.Ordinal),
            $"'{signer.CommonName}', not issued by the root for signing",
            "a TCB signing certificate of the root",
            FetchAdvice);
        require($"{what} signer revocation", !RootCrl.Revokes(signer), "a revoked certificate", "one that is not", FetchAdvice);
        return signer;
    }

    private static (DcapCertificate Leaf, DcapCertificate Root) ReadChain(string pem)
    {
        var chain = PemChain.Read(Encoding.UTF8.GetBytes(pem), 2);
        return (DcapCertificate.Parse(chain[0]), DcapCertificate.Parse(chain[1]));
    }
}
