using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Cocoon.Attestation.Certificates;

namespace Cocoon.Attestation.Chains;

/// <summary>The parts of a vendor's X.509 certificate that a chain of trust rests on. Reading one checks its form, not who signed it.</summary>
internal sealed class ChainCertificate
{
    /// <summary>The largest certificate that is read, in bytes.</summary>
    public const int MaxSize = 8 * 1024;

    private const int MaxExtensions = 32;
    private static readonly Asn1Tag VersionTag = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag ExtensionsTag = new(TagClass.ContextSpecific, 3, isConstructed: true);

    private readonly SignedDocument _document;
    private readonly Dictionary<string, byte[]> _extensions = [];

    private ChainCertificate(ReadOnlyMemory<byte> der)
    {
        Der = der;
        _document = SignedDocument.Parse(der);
        var reader = new AsnReader(_document.Body, AsnEncodingRules.DER);
        var body = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        var version = body.ReadSequence(VersionTag);
        if (!version.TryReadInt32(out var number) || number != 2) throw new AttestationException("The certificate is not of version 3.");
        version.ThrowIfNotEmpty();
        SerialNumber = body.ReadIntegerBytes();
        _document.RequireAlgorithm(body.ReadEncodedValue().Span);
        IssuerName = body.ReadEncodedValue();
        var validity = body.ReadSequence();
        NotBefore = ReadTime(validity);
        NotAfter = ReadTime(validity);
        validity.ThrowIfNotEmpty();
        SubjectName = body.ReadEncodedValue();
        PublicKeyInfo = body.ReadEncodedValue();
        if (body.HasData) ReadExtensions(body.ReadSequence(ExtensionsTag));
        body.ThrowIfNotEmpty();
        Subject = Describe(SubjectName);
    }

    /// <summary>The whole certificate.</summary>
    public ReadOnlyMemory<byte> Der { get; }

    public ReadOnlyMemory<byte> SerialNumber { get; }

    /// <summary>The issuer's name as it is encoded.</summary>
    public ReadOnlyMemory<byte> IssuerName { get; }

    /// <summary>The subject's name as it is encoded.</summary>
    public ReadOnlyMemory<byte> SubjectName { get; }

    /// <summary>The subject's name for people, its common name first.</summary>
    public string Subject { get; }

    public DateTimeOffset NotBefore { get; }

    public DateTimeOffset NotAfter { get; }

    /// <summary>The subject's key, a SubjectPublicKeyInfo.</summary>
    public ReadOnlyMemory<byte> PublicKeyInfo { get; }

    /// <summary>Whether the subject may issue certificates.</summary>
    public bool IsAuthority { get; private set; }

    /// <summary>How many authorities may stand between the subject and a device; null for any number.</summary>
    public int? PathLength { get; private set; }

    /// <summary>What the key is for; null where the certificate does not say.</summary>
    public KeyUsages? KeyUsage { get; private set; }

    /// <summary>Reads a certificate.</summary>
    /// <exception cref="AttestationException">It is too large, malformed, or has a critical extension that is not known here.</exception>
    public static ChainCertificate Parse(ReadOnlyMemory<byte> der)
    {
        if (der.Length > MaxSize) throw new AttestationException($"A certificate of {der.Length} bytes is larger than {MaxSize}.");
        try
        {
            return new ChainCertificate(der);
        }
        catch (Exception exception) when (exception is AsnContentException or CryptographicException)
        {
            throw new AttestationException($"The certificate is not well-formed X.509 DER: {exception.Message}", exception);
        }
    }

    /// <summary>An extension's value, where there is one.</summary>
    public byte[]? FindExtension(string oid) => _extensions.GetValueOrDefault(oid);

    /// <summary>Whether this key signed the certificate.</summary>
    public bool IsSignedBy(ReadOnlySpan<byte> publicKeyInfo) => _document.IsSignedBy(publicKeyInfo);

    /// <summary>Whether another certificate's subject issued this one, by name and by key. Whether it might, is another question.</summary>
    public bool IsIssuedBy(ChainCertificate issuer) =>
        IssuerName.Span.SequenceEqual(issuer.SubjectName.Span) && IsSignedBy(issuer.PublicKeyInfo.Span);

    /// <summary>Whether the key is said to be for this.</summary>
    public bool IsFor(KeyUsages usages) => KeyUsage is { } usage && usage.HasFlag(usages);

    /// <summary>A name in words. Names of certificates that nobody vouched for end up in errors, so they are kept short and printable.</summary>
    public static string Describe(ReadOnlyMemory<byte> name)
    {
        const int MaxLength = 120;
        var text = new X500DistinguishedName(name.Span).Name;
        var printable = string.Concat(text.Where(character => !char.IsControl(character)));
        return printable.Length <= MaxLength ? printable : printable[..MaxLength] + "…";
    }

    public static DateTimeOffset ReadTime(AsnReader reader) =>
        reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? reader.ReadUtcTime() : reader.ReadGeneralizedTime();

    private void ReadExtensions(AsnReader wrapper)
    {
        var extensions = wrapper.ReadSequence();
        wrapper.ThrowIfNotEmpty();
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            var oid = extension.ReadObjectIdentifier();
            var critical = extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && extension.ReadBoolean();
            var value = extension.ReadOctetString();
            extension.ThrowIfNotEmpty();
            if (_extensions.Count == MaxExtensions) throw new AttestationException($"The certificate has more than {MaxExtensions} extensions.");
            if (!_extensions.TryAdd(oid, value)) throw new AttestationException($"The certificate has the extension {oid} twice.");
            ReadExtension(oid, critical, value);
        }
    }

    private void ReadExtension(string oid, bool critical, byte[] encoded)
    {
        switch (oid)
        {
            case CertificateOids.BasicConstraints:
                var value = new AsnReader(encoded, AsnEncodingRules.DER);
                var constraints = value.ReadSequence();
                value.ThrowIfNotEmpty();
                if (constraints.HasData && constraints.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean)) IsAuthority = constraints.ReadBoolean();
                if (constraints.HasData)
                    PathLength = constraints.TryReadInt32(out var length) && length >= 0 ? length : throw new AttestationException("The path length is out of range.");
                constraints.ThrowIfNotEmpty();
                break;
            case CertificateOids.KeyUsage:
                // AMD's authorities keep a zero bit at the end that DER would have them leave out.
                var usage = new AsnReader(encoded, AsnEncodingRules.BER);
                KeyUsage = usage.ReadNamedBitListValue<KeyUsages>();
                usage.ThrowIfNotEmpty();
                break;
            default:
                if (critical) throw new AttestationException($"The certificate has the critical extension {oid}, which is not known here.");
                break;
        }
    }
}
