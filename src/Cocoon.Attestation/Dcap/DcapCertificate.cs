using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Cocoon.Attestation.Dcap;

/// <summary>
/// A certificate of Intel's attestation hierarchy: X.509 version 3, P-256. It is well-formed; who signed it, <see cref="IsSignedBy"/> tells.
/// </summary>
internal sealed class DcapCertificate
{
    /// <summary>The largest certificate in bytes; Intel's have less than 1300.</summary>
    public const int MaxSize = 8 * 1024;

    private const int MaxExtensions = 16;
    private static readonly Asn1Tag VersionTag = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag ExtensionsTag = new(TagClass.ContextSpecific, 3, isConstructed: true);
    private readonly ReadOnlyMemory<byte> _signed;
    private readonly byte[] _signature;
    private byte _usages;

    private DcapCertificate(ReadOnlyMemory<byte> der)
    {
        Der = der;
        (_signed, var body, _signature) = DerReader.ReadSigned(der);
        var version = body.ReadSequence(VersionTag);
        if (!version.TryReadInt32(out var number) || number != 2) throw DerReader.Malformed("another version of X.509", "version 3");
        version.ThrowIfNotEmpty();
        SerialNumber = DerReader.ReadSerial(body);
        DerReader.RequireSignatureAlgorithm(body);
        (Issuer, _) = DerReader.ReadName(body);
        var validity = body.ReadSequence();
        NotBefore = DerReader.ReadTime(validity);
        NotAfter = DerReader.ReadTime(validity);
        validity.ThrowIfNotEmpty();
        (Subject, CommonName) = DerReader.ReadName(body);
        PublicKey = ReadKey(body.ReadSequence());
        var wrapper = body.ReadSequence(ExtensionsTag);
        body.ThrowIfNotEmpty();
        ReadExtensions(wrapper.ReadSequence());
        wrapper.ThrowIfNotEmpty();
    }

    public ReadOnlyMemory<byte> Der { get; }

    /// <summary>In hexadecimal digits.</summary>
    public string SerialNumber { get; }

    /// <summary>The issuer's name as it is encoded.</summary>
    public ReadOnlyMemory<byte> Issuer { get; }

    /// <summary>The subject's name as it is encoded.</summary>
    public ReadOnlyMemory<byte> Subject { get; }

    public string CommonName { get; }

    public DateTimeOffset NotBefore { get; }

    public DateTimeOffset NotAfter { get; }

    /// <summary><see cref="P256.KeySize"/> bytes.</summary>
    public byte[] PublicKey { get; }

    public bool IsAuthority { get; private set; }

    /// <summary>How many authorities may follow on this one; null for any number.</summary>
    public int? PathLength { get; private set; }

    /// <summary>The platform of a PCK certificate; null in others.</summary>
    public PckPlatform? Platform { get; private set; }

    public bool MaySign => (_usages & 0x80) != 0;

    public bool MayIssue => IsAuthority && (_usages & 0x04) != 0;

    public bool MayRevoke => IsAuthority && (_usages & 0x02) != 0;

    /// <summary>Reads a certificate.</summary>
    /// <exception cref="AttestationException">It is malformed, too large, or of another kind than Intel's.</exception>
    public static DcapCertificate Parse(ReadOnlyMemory<byte> der)
    {
        if (der.Length > MaxSize) throw DerReader.Malformed($"a certificate of {der.Length} bytes", $"at most {MaxSize}");
        try
        {
            return new DcapCertificate(der);
        }
        catch (AsnContentException exception)
        {
            throw DerReader.Malformed($"a certificate that is not well-formed ({exception.Message.TrimEnd('.')})", "X.509 in strict DER");
        }
    }

    public bool IsSignedBy(DcapCertificate issuer) =>
        Issuer.Span.SequenceEqual(issuer.Subject.Span)
        && P256.Verify(issuer.PublicKey, _signed.Span, _signature, DSASignatureFormat.Rfc3279DerSequence);

    private static byte[] ReadKey(AsnReader info)
    {
        var algorithm = info.ReadSequence();
        var type = DerReader.ReadIdentifier(algorithm);
        var curve = DerReader.ReadIdentifier(algorithm);
        algorithm.ThrowIfNotEmpty();
        var key = DerReader.ReadWholeBytes(info);
        info.ThrowIfNotEmpty();
        return type == DcapOids.EcPublicKey && curve == DcapOids.P256Curve && key.Length == P256.KeySize && key[0] == P256.Uncompressed
            ? key
            : throw DerReader.Malformed("a key of another kind", "an uncompressed one on P-256");
    }

    private void ReadExtensions(AsnReader extensions)
    {
        var seen = new HashSet<string>();
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            var oid = DerReader.ReadIdentifier(extension);
            var critical = extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && extension.ReadBoolean();
            var value = extension.ReadOctetString();
            extension.ThrowIfNotEmpty();
            if (!seen.Add(oid)) throw DerReader.Malformed($"the extension {oid} twice", "once");
            if (seen.Count > MaxExtensions) throw DerReader.Malformed("a certificate of many extensions", $"at most {MaxExtensions}");
            ReadExtension(oid, critical, value);
        }
    }

    private void ReadExtension(string oid, bool critical, byte[] value)
    {
        switch (oid)
        {
            case DcapOids.KeyUsage:
                var usages = new AsnReader(value, AsnEncodingRules.DER);
                var bits = usages.ReadBitString(out _);
                usages.ThrowIfNotEmpty();
                _usages = bits.Length == 0 ? (byte)0 : bits[0];
                break;
            case DcapOids.BasicConstraints:
                ReadConstraints(value);
                break;
            case DcapOids.Sgx:
                Platform = PckPlatform.Read(value);
                break;
            case DcapOids.SubjectKeyIdentifier:
            case DcapOids.AuthorityKeyIdentifier:
            case DcapOids.CrlDistributionPoints:
                // They help to find keys and lists. Here these are at hand, and signatures decide which belong together.
                break;
            default:
                if (critical) throw DerReader.Malformed($"the critical extension {oid}", "only such as are known here");
                break;
        }
    }

    private void ReadConstraints(byte[] value)
    {
        var reader = new AsnReader(value, AsnEncodingRules.DER);
        var constraints = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        if (constraints.HasData && constraints.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean)) IsAuthority = constraints.ReadBoolean();
        if (constraints.HasData)
        {
            PathLength = constraints.TryReadInt32(out var length) && length >= 0
                ? length
                : throw DerReader.Malformed("a path length out of range", "0 or more");
        }
        constraints.ThrowIfNotEmpty();
    }
}
