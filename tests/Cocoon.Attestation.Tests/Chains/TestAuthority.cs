using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Cocoon.Attestation.Chains;

namespace Cocoon.Attestation.Tests.Chains;

/// <summary>A vendor's authority whose key comes from its name, so that every run has the same.</summary>
internal sealed class TestAuthority
{
    public static readonly DateTimeOffset Start = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset End = Start.AddYears(10);

    private readonly ECDsa _key;
    private readonly X500DistinguishedName _name;
    private byte _lastSerial;

    public TestAuthority(string name, TestAuthority? issuer = null, int? pathLength = null, bool mayIssue = true, DateTimeOffset? end = null, string? listPoint = null)
    {
        _key = KeyOf(name);
        _name = new X500DistinguishedName($"CN={name}");
        var request = new CertificateRequest(_name, _key, HashAlgorithmName.SHA384);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(mayIssue, pathLength is not null, pathLength ?? 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        if (listPoint is not null) request.CertificateExtensions.Add(CertificateRevocationListBuilder.BuildCrlDistributionPointExtension([listPoint]));
        Der = (issuer ?? this).Sign(request, end ?? End);
    }

    public byte[] Der { get; }

    public TrustAnchor Anchor => new("test root", _key.ExportSubjectPublicKeyInfo());

    /// <summary>A P-384 key made of the name.</summary>
    public static ECDsa KeyOf(string name) =>
        ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP384, D = SHA384.HashData(Encoding.UTF8.GetBytes(name)) });

    public byte[] IssueDevice(string name, ECDsa key, IEnumerable<X509Extension> extensions, DateTimeOffset? end = null)
    {
        var request = new CertificateRequest(new X500DistinguishedName($"CN={name}"), key, HashAlgorithmName.SHA384);
        foreach (var extension in extensions) request.CertificateExtensions.Add(extension);
        return Sign(request, end ?? End);
    }

    /// <summary>A list that revokes the certificate of this serial number.</summary>
    public RevocationList Revoke(byte serial, DateTimeOffset? thisUpdate = null, ECDsa? signer = null) =>
        RevocationList.Parse(RevokeDer(serial, thisUpdate, signer));

    public byte[] RevokeDer(byte serial, DateTimeOffset? thisUpdate = null, ECDsa? signer = null)
    {
        var builder = new CertificateRevocationListBuilder();
        builder.AddEntry([serial], Start);
        var authorityKey = X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(new byte[20]);
        var from = thisUpdate ?? Start;
        return builder.Build(_name, X509SignatureGenerator.CreateForECDsa(signer ?? _key), 1, from.AddYears(1), HashAlgorithmName.SHA384, authorityKey, from);
    }

    // Serial numbers count up, the first is 1.
    private byte[] Sign(CertificateRequest request, DateTimeOffset end) =>
        request.Create(_name, X509SignatureGenerator.CreateForECDsa(_key), Start, end, [++_lastSerial]).RawData;
}
