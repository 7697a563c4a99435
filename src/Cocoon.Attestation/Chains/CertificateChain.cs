using System.Collections.Immutable;
using Cocoon.Attestation.Certificates;
using Cocoon.Attestation.Verification;

namespace Cocoon.Attestation.Chains;

/// <summary>
/// Verifies a chain from a device's certificate up to a trust anchor (RFC 5280 §6, as far as vendors' device chains need it): names,
/// signatures, validity, who may issue, how deep, and revocation. The system's own stores and the network play no part.
/// </summary>
/// <param name="anchor">The key that has to stand at the end.</param>
/// <param name="lists">Revocation lists; one that nobody in the chain issued is left aside.</param>
/// <param name="demand">Which authorities below the anchor count only with a list of their issuer.</param>
internal sealed class CertificateChain(TrustAnchor anchor, ImmutableArray<RevocationList> lists, RevocationDemand demand)
{
    /// <summary>The most certificates a chain may have.</summary>
    public const int MaxLength = 8;

    /// <summary>Reads certificates.</summary>
    /// <returns>They, or null after adding the check that failed.</returns>
    public static List<ChainCertificate>? Parse(CheckList checks, string what, IReadOnlyCollection<ReadOnlyMemory<byte>> certificates)
    {
        if (certificates.Count is 0 or > MaxLength)
        {
            checks.Require($"{what} chain", false, $"{certificates.Count} certificates", $"1 to {MaxLength}", "give the whole chain, the device's certificate first");
            return null;
        }
        try
        {
            return [.. certificates.Select(ChainCertificate.Parse)];
        }
        catch (AttestationException exception)
        {
            checks.RefuseUnreadable($"{what} chain", exception, "X.509 certificates in DER");
            return null;
        }
    }

    /// <summary>Verifies a chain; stops at the first check that fails.</summary>
    /// <param name="checks">Gets the checks.</param>
    /// <param name="what">Whose chain it is.</param>
    /// <param name="chain">The certificates, each issued by the next. The anchor's own may be the last or be left out.</param>
    /// <param name="now">The time.</param>
    public bool Verify(CheckList checks, string what, IReadOnlyList<ChainCertificate> chain, DateTimeOffset now)
    {
        var leaf = chain[0];
        if (leaf.IsAuthority || leaf.KeyUsage is { } usage && !usage.HasFlag(KeyUsages.DigitalSignature))
            return checks.Require($"{what} certificate", false, $"{leaf.Subject}, which is not for signing evidence", "a certificate that may sign and may not issue");

        for (var index = 0; index < chain.Count; index++)
        {
            var certificate = chain[index];
            if (index == chain.Count - 1 && index > 0 && IsAnchor(certificate)) return VerifyAnchor(checks, what, certificate, now);
            var issuer = index + 1 < chain.Count ? chain[index + 1] : null;
            if (!VerifyIssue(checks, what, certificate, issuer, authoritiesBelow: index)
                || !VerifyTime(checks, what, certificate, now)
                || !VerifyRevocation(checks, what, certificate, issuer, isAuthority: index > 0, now))
            {
                return false;
            }
        }
        return true;
    }

    private bool IsAnchor(ChainCertificate certificate) => certificate.PublicKeyInfo.Span.SequenceEqual(anchor.PublicKeyInfo.Span);

    private static bool VerifyAnchor(CheckList checks, string what, ChainCertificate root, DateTimeOffset now)
    {
        var isWhole = root.IsSignedBy(root.PublicKeyInfo.Span);
        return checks.Require($"{what} root", isWhole, isWhole ? root.Subject : $"{root.Subject}, signed by another key", "a root certificate signed with its own key")
            && VerifyTime(checks, what, root, now);
    }

    private bool VerifyIssue(CheckList checks, string what, ChainCertificate certificate, ChainCertificate? issuer, int authoritiesBelow)
    {
        var name = $"{what} issuer";
        if (issuer is null)
        {
            return checks.Require(
                name, certificate.IsSignedBy(anchor.PublicKeyInfo.Span), certificate.Subject + " at the end of the chain",
                $"a certificate that {anchor.Name} signed", "give the chain that the vendor publishes for this product line");
        }
        if (!certificate.IssuerName.Span.SequenceEqual(issuer.SubjectName.Span))
            return checks.Require(name, false, $"{issuer.Subject} after {certificate.Subject}", ChainCertificate.Describe(certificate.IssuerName));
        if (!issuer.IsAuthority || issuer.KeyUsage is { } usage && !usage.HasFlag(KeyUsages.CertificateSign))
            return checks.Require(name, false, $"{issuer.Subject}, which may not issue certificates", "an authority");
        if (issuer.PathLength < authoritiesBelow)
            return checks.Require(name, false, $"{authoritiesBelow} authorities below {issuer.Subject}", $"at most {issuer.PathLength}");
        var signed = certificate.IsSignedBy(issuer.PublicKeyInfo.Span);
        return checks.Require(name, signed, signed ? issuer.Subject : $"a signature that is not of {issuer.Subject}", $"{certificate.Subject} signed by {issuer.Subject}");
    }

    private static bool VerifyTime(CheckList checks, string what, ChainCertificate certificate, DateTimeOffset now)
    {
        checks.RestsOn(certificate.NotAfter);
        return checks.Require(
            $"{what} validity", certificate.NotBefore <= now && now <= certificate.NotAfter, $"{now:u}",
            $"{certificate.NotBefore:u} to {certificate.NotAfter:u} for {certificate.Subject}", "check this machine's clock, then fetch a current certificate");
    }

    private bool Needs(ChainCertificate authority) => demand switch
    {
        RevocationDemand.OfIssuersThatPublish => authority.FindExtension(CertificateOids.RevocationListPoints) is not null,
        _ => demand == RevocationDemand.OfAllIssuers,
    };

    private bool VerifyRevocation(
        CheckList checks, string what, ChainCertificate certificate, ChainCertificate? issuer, bool isAuthority, DateTimeOffset now)
    {
        var name = $"{what} revocation";
        var list = lists.IsDefault
            ? null
            : lists.Where(list => list.IssuerName.Span.SequenceEqual(certificate.IssuerName.Span)).MaxBy(list => list.ThisUpdate);
        if (list is null)
        {
            return !(isAuthority && Needs(certificate))
                || checks.Require(name, false, "no list", $"the list of {ChainCertificate.Describe(certificate.IssuerName)}", "fetch it from the vendor");
        }
        var mayIssue = issuer?.KeyUsage is not { } usage || usage.HasFlag(KeyUsages.ListSign);
        if (!mayIssue || !list.IsSignedBy((issuer?.PublicKeyInfo ?? anchor.PublicKeyInfo).Span))
            return checks.Require(name, false, "a list that its issuer did not sign", "a list signed by the certificate's issuer", "fetch it from the vendor again");
        if (now < list.ThisUpdate || list.NextUpdate < now)
            return checks.Require(name, false, $"a list of {list.ThisUpdate:u} to {list.NextUpdate:u}", $"one for {now:u}", "fetch the current list from the vendor");
        checks.RestsOn(list.NextUpdate);
        var revoked = list.Contains(certificate.SerialNumber);
        return checks.Require(
            name, !revoked, certificate.Subject + (revoked ? ", revoked" : ", not revoked"), "a certificate that is not revoked", "do not trust this device");
    }
}
