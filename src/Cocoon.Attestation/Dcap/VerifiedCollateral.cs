using System.Collections.Immutable;
using System.Text;
using Cocoon.Attestation.Chains;
using Cocoon.Attestation.Verification;
using Cocoon.Cryptography;

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
        Source = source;
        Anchor = anchor;
        RootKeyId = IntelRoots.KeyIdOf(anchor);
        var checks = new CheckList();
        void Require(string name, bool passed, string otherwise, string wanted, string advice = FetchAdvice)
        {
            if (!checks.RequireThat(name, passed, otherwise, wanted, advice))
                throw new AttestationException(new EvidenceCheck(name, passed, otherwise, wanted, advice).ToString());
        }

        (PckAuthority, Root) = ReadChain("PCK authority", source.PckCrlIssuerChain);
        Require(
            "root key",
            Root.PublicKeyInfo.Span.SequenceEqual(anchor.PublicKeyInfo.Span),
            "another root",
            anchor.Name,
            "use collateral of the hardware's vendor");
        Require("root certificate", IsRoot(Root), "a certificate its key did not sign as a root", "a root");
        RootCrl = Read("root revocation list", () => RevocationList.Parse(source.RootCaCrl));
        Require("root revocation list signature", RootCrl.IsIssuedBy(Root), "a list that the root did not sign", "one that it did");

        Require(
            "PCK authority",
            IsAuthority(PckAuthority, Root),
            $"'{PckAuthority.Subject}', not issued by the root as an authority",
            "a PCK authority of the root");
        Require("PCK authority revocation", !RootCrl.Revokes(PckAuthority), "a revoked certificate", "one that is not");
        PckCrl = Read("PCK revocation list", () => RevocationList.Parse(source.PckCrl));
        Require("PCK revocation list signature", PckCrl.IsIssuedBy(PckAuthority), $"a list that '{PckAuthority.Subject}' did not sign", "one that it did");

        var tcbSigner = ReadSigner("TCB info", source.TcbInfoIssuerChain, Require);
        Require(
            "TCB info signature",
            IsDocumentSigned(tcbSigner, source.TcbInfo.Span, source.TcbInfoSignature.Span),
            "a signature that does not fit",
            "one by the key of its issuer chain");
        TcbInfo = TcbInfo.Parse(source.TcbInfo);

        var qeSigner = source.QeIdentityIssuerChain == source.TcbInfoIssuerChain
            ? tcbSigner
            : ReadSigner("QE identity", source.QeIdentityIssuerChain, Require);
        Require(
            "QE identity signature",
            IsDocumentSigned(qeSigner, source.QeIdentity.Span, source.QeIdentitySignature.Span),
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
        IssuedAt = new[] { PckCrl.ThisUpdate, TcbInfo.IssueDate, QeIdentity.IssueDate }.Min();
        ValidFrom = Validities.Max(validity => validity.From);
        ValidUntil = Validities.Min(validity => validity.Until);
    }

    /// <summary>The same as it came.</summary>
    public DcapCollateral Source { get; }

    /// <summary>Where its signatures end.</summary>
    public TrustAnchor Anchor { get; }

    /// <summary>The id of that key (see <see cref="IntelRoots.KeyIdOf"/>).</summary>
    public Bits384 RootKeyId { get; }

    /// <summary>For quotes of which kind.</summary>
    public TeeMeasurementKind Kind => TcbInfo.Tee;

    /// <summary>For platforms of which kind: the FMSPC, 12 lower-case hexadecimal digits.</summary>
    public string Fmspc => Convert.ToHexStringLower(TcbInfo.Fmspc);

    /// <summary>The TCB evaluation data number: it grows with each recovery of the TCB.</summary>
    public int EvaluationNumber => Math.Min(TcbInfo.EvaluationNumber, QeIdentity.EvaluationNumber);

    /// <summary>
    /// When the oldest was issued of what Intel issues anew all the time: TCB info, QE identity and the list of revoked PCK certificates. Certificates and
    /// the root's list live for years.
    /// </summary>
    public DateTimeOffset IssuedAt { get; }

    /// <summary>From when all of it is valid.</summary>
    public DateTimeOffset ValidFrom { get; }

    /// <summary>Until when all of it is valid: the earliest end of a certificate, or next update of a list or a document.</summary>
    public DateTimeOffset ValidUntil { get; }

    internal ImmutableArray<EvidenceCheck> Checks { get; }

    internal ImmutableArray<Validity> Validities { get; }

    internal ChainCertificate Root { get; }

    internal ChainCertificate PckAuthority { get; }

    internal RevocationList RootCrl { get; }

    internal RevocationList PckCrl { get; }

    internal TcbInfo TcbInfo { get; }

    internal QeIdentity QeIdentity { get; }

    /// <summary>Verifies and reads collateral. Takes a millisecond or two.</summary>
    /// <param name="collateral">The collateral; hostile until proven otherwise.</param>
    /// <param name="anchor">The root that has to stand behind it.</param>
    /// <exception cref="AttestationException">A check failed; the message is its sentence.</exception>
    /// <exception cref="ArgumentException">The root's key is not a point of P-256.</exception>
    public static VerifiedCollateral Verify(DcapCollateral collateral, TrustAnchor anchor)
    {
        ArgumentNullException.ThrowIfNull(collateral);
        ArgumentNullException.ThrowIfNull(anchor);
        return new VerifiedCollateral(collateral, anchor);
    }

    /// <summary>Whether a certificate is an authority for PCK certificates that the root issued.</summary>
    internal static bool IsAuthority(ChainCertificate certificate, ChainCertificate root) =>
        certificate.IsIssuedBy(root)
        && MayIssue(certificate)
        && certificate.PathLength == 0
        && (certificate.Subject.Contains("SGX PCK Platform CA", StringComparison.Ordinal)
            || certificate.Subject.Contains("SGX PCK Processor CA", StringComparison.Ordinal));

    /// <summary>Whether a certificate is the root's own. Its key is the anchor's; the rest has to be what that key signed.</summary>
    internal static bool IsRoot(ChainCertificate certificate) => certificate.IsIssuedBy(certificate) && MayIssue(certificate);

    /// <summary>Whether an issuer gave a certificate to sign with, under a name such as Intel uses for this.</summary>
    internal static bool IsSigner(ChainCertificate certificate, ChainCertificate issuer, string name) =>
        certificate.IsIssuedBy(issuer)
        && !certificate.IsAuthority
        && certificate.IsFor(KeyUsages.DigitalSignature)
        && certificate.Subject.Contains(name, StringComparison.Ordinal);

    private static bool MayIssue(ChainCertificate certificate) =>
        certificate.IsAuthority && certificate.IsFor(KeyUsages.CertificateSign | KeyUsages.ListSign);

    /// <summary>Whether a certificate's key signed a JSON document as it stands there.</summary>
    internal static bool IsDocumentSigned(ChainCertificate signer, ReadOnlySpan<byte> document, ReadOnlySpan<byte> signature) =>
        P256.TryReadPoint(signer.PublicKeyInfo.Span, out var key) && P256.VerifyRaw(key[1..], document, signature);

    private ChainCertificate ReadSigner(string what, string chain, Action<string, bool, string, string, string> require)
    {
        var (signer, root) = ReadChain($"{what} signer", chain);
        require($"{what} signer root", root.Der.Span.SequenceEqual(Root.Der.Span), "another root certificate", "the same in all chains", FetchAdvice);
        require(
            $"{what} signer",
            IsSigner(signer, Root, "SGX TCB Signing"),
            $"'{signer.Subject}', not issued by the root for signing",
            "a TCB signing certificate of the root",
            FetchAdvice);
        require($"{what} signer revocation", !RootCrl.Revokes(signer), "a revoked certificate", "one that is not", FetchAdvice);
        return signer;
    }

    private static (ChainCertificate Leaf, ChainCertificate Root) ReadChain(string what, string pem) => Read(what, () =>
    {
        var chain = PemChain.Read(Encoding.UTF8.GetBytes(pem), 2);
        return (ChainCertificate.Parse(chain[0]), ChainCertificate.Parse(chain[1]));
    });

    private static T Read<T>(string what, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (AttestationException exception)
        {
            var check = new EvidenceCheck($"{what} format", false, exception.Message.TrimEnd('.'), "a well-formed one", FetchAdvice);
            throw new AttestationException(check.ToString(), exception);
        }
    }
}
