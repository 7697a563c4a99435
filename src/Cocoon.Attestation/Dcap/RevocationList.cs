using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Cocoon.Attestation.Dcap;

/// <summary>
/// A certificate revocation list of version 2 (RFC 5280 §5), P-256. It is well-formed; who signed it, <see cref="IsSignedBy"/> tells.
/// </summary>
internal sealed class RevocationList
{
    /// <summary>The largest list in bytes: some hundred thousand entries.</summary>
    public const int MaxSize = 16 * 1024 * 1024;

    private static readonly Asn1Tag ExtensionsTag = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private readonly ReadOnlyMemory<byte> _signed;
    private readonly byte[] _signature;
    private readonly HashSet<string> _revoked = [];

    private RevocationList(ReadOnlyMemory<byte> der)
    {
        (_signed, var body, _signature) = DerReader.ReadSigned(der);
        if (!body.TryReadInt32(out var version) || version != 1) throw DerReader.Malformed("another version of a revocation list", "version 2");
        DerReader.RequireSignatureAlgorithm(body);
        (Issuer, _) = DerReader.ReadName(body);
        ThisUpdate = DerReader.ReadTime(body);
        NextUpdate = DerReader.ReadTime(body);
        if (body.HasData && body.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence)) ReadEntries(body.ReadSequence());
        if (body.HasData)
        {
            var wrapper = body.ReadSequence(ExtensionsTag);
            ReadExtensions(wrapper.ReadSequence());
            wrapper.ThrowIfNotEmpty();
        }
        body.ThrowIfNotEmpty();
    }

    /// <summary>The issuer's name as it is encoded.</summary>
    public ReadOnlyMemory<byte> Issuer { get; }

    public DateTimeOffset ThisUpdate { get; }

    public DateTimeOffset NextUpdate { get; }

    /// <summary>Reads a list.</summary>
    /// <exception cref="AttestationException">It is malformed or too large.</exception>
    public static RevocationList Parse(ReadOnlyMemory<byte> der)
    {
        if (der.Length > MaxSize) throw DerReader.Malformed($"a revocation list of {der.Length} bytes", $"at most {MaxSize}");
        try
        {
            return new RevocationList(der);
        }
        catch (AsnContentException exception)
        {
            throw DerReader.Malformed($"a revocation list that is not well-formed ({exception.Message.TrimEnd('.')})", "an X.509 CRL in strict DER");
        }
    }

    public bool IsSignedBy(DcapCertificate issuer) =>
        Issuer.Span.SequenceEqual(issuer.Subject.Span)
        && P256.Verify(issuer.PublicKey, _signed.Span, _signature, DSASignatureFormat.Rfc3279DerSequence);

    public bool Revokes(DcapCertificate certificate) =>
        Issuer.Span.SequenceEqual(certificate.Issuer.Span) && _revoked.Contains(certificate.SerialNumber);

    private void ReadEntries(AsnReader entries)
    {
        while (entries.HasData)
        {
            var entry = entries.ReadSequence();
            _revoked.Add(DerReader.ReadSerial(entry));
            DerReader.ReadTime(entry);
            if (entry.HasData) ReadExtensions(entry.ReadSequence());
            entry.ThrowIfNotEmpty();
        }
    }

    // A critical extension could say that the list covers less than it seems to.
    private static void ReadExtensions(AsnReader extensions)
    {
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            var oid = DerReader.ReadIdentifier(extension);
            var critical = extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && extension.ReadBoolean();
            extension.ReadOctetString();
            extension.ThrowIfNotEmpty();
            if (critical && oid is not (DcapOids.CrlNumber or DcapOids.CrlReason or DcapOids.AuthorityKeyIdentifier))
                throw DerReader.Malformed($"the critical extension {oid} in a revocation list", "only such as are known here");
        }
    }
}
