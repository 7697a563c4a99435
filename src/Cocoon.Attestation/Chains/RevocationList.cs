using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Cocoon.Attestation.Chains;

/// <summary>A vendor's list of revoked certificates (RFC 5280 §5). Whether its issuer signed it is seen where it is used.</summary>
public sealed class RevocationList
{
    /// <summary>The largest list that is read, in bytes.</summary>
    public const int MaxSize = 1024 * 1024;

    private static readonly Asn1Tag ExtensionsTag = new(TagClass.ContextSpecific, 0, isConstructed: true);

    private readonly SignedDocument _document;
    private readonly HashSet<string> _serialNumbers = [];

    private RevocationList(ReadOnlyMemory<byte> der)
    {
        _document = SignedDocument.Parse(der);
        var reader = new AsnReader(_document.Body, AsnEncodingRules.DER);
        var body = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        // The version is there in all lists but the oldest.
        if (body.PeekTag().HasSameClassAndValue(Asn1Tag.Integer) && (!body.TryReadInt32(out var version) || version != 1))
            throw new AttestationException("The revocation list is not of version 2.");
        _document.RequireAlgorithm(body.ReadEncodedValue().Span);
        IssuerName = body.ReadEncodedValue();
        ThisUpdate = ChainCertificate.ReadTime(body);
        NextUpdate = ChainCertificate.ReadTime(body);
        if (body.HasData && body.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence)) ReadEntries(body.ReadSequence());
        if (body.HasData) ReadExtensions(body.ReadSequence(ExtensionsTag));
        body.ThrowIfNotEmpty();
    }

    /// <summary>When it was issued.</summary>
    public DateTimeOffset ThisUpdate { get; }

    /// <summary>When it has to be replaced by a newer one.</summary>
    public DateTimeOffset NextUpdate { get; }

    /// <summary>The issuer's name as it is encoded.</summary>
    internal ReadOnlyMemory<byte> IssuerName { get; }

    /// <summary>Reads a list in DER.</summary>
    /// <exception cref="AttestationException">It is larger than <see cref="MaxSize"/>, malformed, or of a kind not known here.</exception>
    public static RevocationList Parse(ReadOnlyMemory<byte> der)
    {
        if (der.Length > MaxSize) throw new AttestationException($"A revocation list of {der.Length} bytes is larger than {MaxSize}.");
        try
        {
            return new RevocationList(der);
        }
        catch (Exception exception) when (exception is AsnContentException or CryptographicException)
        {
            throw new AttestationException($"The revocation list is not well-formed DER: {exception.Message}", exception);
        }
    }

    internal bool Contains(ReadOnlyMemory<byte> serialNumber) => _serialNumbers.Contains(Convert.ToHexString(serialNumber.Span));

    internal bool IsSignedBy(ReadOnlySpan<byte> publicKeyInfo) => _document.IsSignedBy(publicKeyInfo);

    /// <summary>Whether a certificate's subject issued the list, by name and by key.</summary>
    internal bool IsIssuedBy(ChainCertificate issuer) =>
        IssuerName.Span.SequenceEqual(issuer.SubjectName.Span) && IsSignedBy(issuer.PublicKeyInfo.Span);

    /// <summary>Whether a certificate of the same issuer is on the list.</summary>
    internal bool Revokes(ChainCertificate certificate) =>
        IssuerName.Span.SequenceEqual(certificate.IssuerName.Span) && Contains(certificate.SerialNumber);

    private void ReadEntries(AsnReader entries)
    {
        while (entries.HasData)
        {
            var entry = entries.ReadSequence();
            _serialNumbers.Add(Convert.ToHexString(entry.ReadIntegerBytes().Span));
            ChainCertificate.ReadTime(entry);
            // Reasons and dates: a certificate that is listed is refused for whatever reason.
            if (entry.HasData) entry.ReadSequence();
            entry.ThrowIfNotEmpty();
        }
    }

    // A list that holds only some of the revoked certificates says so in a critical extension.
    private static void ReadExtensions(AsnReader wrapper)
    {
        var extensions = wrapper.ReadSequence();
        wrapper.ThrowIfNotEmpty();
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            var oid = extension.ReadObjectIdentifier();
            if (extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && extension.ReadBoolean())
                throw new AttestationException($"The revocation list has the critical extension {oid}, which is not known here.");
            extension.ReadOctetString();
            extension.ThrowIfNotEmpty();
        }
    }
}
