using System.Formats.Asn1;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Certificates;

/// <summary>
/// Reads certificates of the Cocoon wire protocol. Whether a ready-made reader takes those that say version 1 and have extensions
/// depends on the reader; this one does everywhere, and is strict in everything else.
/// </summary>
internal static class CertificateReader
{
    private const int MaxExtensions = 32;
    private const int MaxNames = 64;
    private const int MaxIdentifierSize = 64;
    private static readonly Asn1Tag Version = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag Extensions = new(TagClass.ContextSpecific, 3, isConstructed: true);
    private static readonly Asn1Tag DnsName = new(TagClass.ContextSpecific, 2);

    public static AttestedCertificate Read(ReadOnlyMemory<byte> der)
    {
        if (der.Length > AttestedCertificate.MaxSize)
            throw new AttestationException($"format check: the certificate has {der.Length} bytes, wanted at most {AttestedCertificate.MaxSize}.");
        try
        {
            return ReadCertificate(new AsnReader(der, AsnEncodingRules.DER));
        }
        catch (AsnContentException exception)
        {
            throw new AttestationException($"format check: the certificate is not well-formed X.509 DER: {exception.Message}", exception);
        }
    }

    private static AttestedCertificate ReadCertificate(AsnReader reader)
    {
        var outer = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        var signed = outer.PeekEncodedValue();
        var certificate = ReadBody(outer.ReadSequence());
        RequireAlgorithm(outer.ReadSequence(), "signature");
        var signature = outer.ReadBitString(out var unusedBits);
        outer.ThrowIfNotEmpty();

        if (unusedBits != 0 || !certificate.PublicKey.Verify(signed.Span, signature))
            throw new AttestationException("signature check: the certificate is not signed with its own key, wanted a self-signed one.");
        return certificate;
    }

    private static AttestedCertificate ReadBody(AsnReader body)
    {
        ReadVersion(body);
        body.ReadIntegerBytes();
        RequireAlgorithm(body.ReadSequence(), "signature");
        var issuer = ReadName(body);
        var certificate = new AttestedCertificate();
        var validity = body.ReadSequence();
        certificate.NotBefore = ReadTime(validity);
        certificate.NotAfter = ReadTime(validity);
        validity.ThrowIfNotEmpty();
        if (!ReadName(body).Span.SequenceEqual(issuer.Span))
            throw new AttestationException("issuer check: the certificate's issuer is not its subject, wanted a self-signed one.");
        certificate.PublicKey = ReadPublicKey(body.ReadSequence());
        if (body.HasData)
        {
            var wrapper = body.ReadSequence(Extensions);
            ReadExtensions(wrapper.ReadSequence(), certificate);
            wrapper.ThrowIfNotEmpty();
        }
        body.ThrowIfNotEmpty();
        return certificate;
    }

    private static void ReadVersion(AsnReader body)
    {
        // Absent means version 1.
        if (!body.PeekTag().HasSameClassAndValue(Version)) return;
        var wrapper = body.ReadSequence(Version);
        var known = wrapper.TryReadInt32(out var version) && version is 0 or 2;
        if (!known) throw new AttestationException("version check: found an X.509 version that is neither 1 nor 3, wanted one of these.");
        wrapper.ThrowIfNotEmpty();
    }

    private static void RequireAlgorithm(AsnReader algorithm, string what)
    {
        var oid = ReadIdentifier(algorithm);
        if (oid != CertificateOids.Ed25519)
            throw new AttestationException($"{what} algorithm check: found {oid}, wanted Ed25519 ({CertificateOids.Ed25519}).");
        algorithm.ThrowIfNotEmpty();
    }

    private static string ReadIdentifier(AsnReader reader)
    {
        // Long identifiers take long to write in decimal digits.
        var size = reader.PeekContentBytes().Length;
        return size <= MaxIdentifierSize
            ? reader.ReadObjectIdentifier()
            : throw new AttestationException($"format check: found an object identifier of {size} bytes, wanted at most {MaxIdentifierSize}.");
    }

    private static ReadOnlyMemory<byte> ReadName(AsnReader body)
    {
        var encoded = body.PeekEncodedValue();
        body.ReadSequence();
        return encoded;
    }

    private static DateTimeOffset ReadTime(AsnReader validity) =>
        validity.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? validity.ReadUtcTime() : validity.ReadGeneralizedTime();

    private static Ed25519PublicKey ReadPublicKey(AsnReader info)
    {
        RequireAlgorithm(info.ReadSequence(), "key");
        var key = info.ReadBitString(out var unusedBits);
        info.ThrowIfNotEmpty();
        if (unusedBits != 0 || key.Length != Bits256.Size)
            throw new AttestationException($"key check: found a key of {(key.Length * 8) - unusedBits} bits, wanted {Bits256.Size * 8}.");
        return new Ed25519PublicKey(new Bits256(key));
    }

    private static void ReadExtensions(AsnReader extensions, AttestedCertificate certificate)
    {
        var seen = new HashSet<string>();
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            var oid = ReadIdentifier(extension);
            var critical = extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && extension.ReadBoolean();
            var value = extension.ReadOctetString();
            extension.ThrowIfNotEmpty();
            if (!seen.Add(oid)) throw new AttestationException($"extension check: the extension {oid} is there twice.");
            if (seen.Count > MaxExtensions) throw new AttestationException($"extension check: found more than {MaxExtensions} extensions.");
            ReadExtension(certificate, oid, critical, value);
        }
    }

    private static void ReadExtension(AttestedCertificate certificate, string oid, bool critical, byte[] value)
    {
        switch (oid)
        {
            case CertificateOids.Quote:
                if (value.Length > AttestedCertificate.MaxQuoteSize)
                    throw new AttestationException($"quote check: the quote has {value.Length} bytes, wanted at most {AttestedCertificate.MaxQuoteSize}.");
                certificate.Quote = value;
                break;
            case CertificateOids.UserClaims:
            case CertificateOids.SubjectKeyIdentifier:
                // They repeat what the certificate says already, and nothing is decided by them.
                break;
            case CertificateOids.BasicConstraints:
                RequireEndEntity(Whole(value));
                break;
            case CertificateOids.KeyUsage:
                RequireDigitalSignature(new AsnReader(value, AsnEncodingRules.DER));
                break;
            case CertificateOids.ExtendedKeyUsage:
                ReadUsages(certificate, Whole(value));
                break;
            case CertificateOids.SubjectAlternativeName:
                ReadNames(certificate, Whole(value));
                break;
            default:
                if (critical) throw new AttestationException($"extension check: the extension {oid} is critical and not known here.");
                break;
        }
    }

    private static AsnReader Whole(byte[] value)
    {
        var reader = new AsnReader(value, AsnEncodingRules.DER);
        var sequence = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        return sequence;
    }

    private static void RequireEndEntity(AsnReader constraints)
    {
        if (constraints.HasData && constraints.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && constraints.ReadBoolean())
            throw new AttestationException("basic constraints check: found the certificate of an authority, wanted a peer's own.");
        if (constraints.HasData) constraints.ReadInteger();
        constraints.ThrowIfNotEmpty();
    }

    private static void RequireDigitalSignature(AsnReader reader)
    {
        var bits = reader.ReadBitString(out _);
        reader.ThrowIfNotEmpty();
        if (bits.Length == 0 || (bits[0] & 0x80) == 0)
            throw new AttestationException("key usage check: the key may not sign, wanted digitalSignature.");
    }

    private static void ReadUsages(AttestedCertificate certificate, AsnReader usages)
    {
        certificate.MayServe = false;
        certificate.MayDial = false;
        while (usages.HasData)
        {
            switch (ReadIdentifier(usages))
            {
                case CertificateOids.ServerAuthentication:
                    certificate.MayServe = true;
                    break;
                case CertificateOids.ClientAuthentication:
                    certificate.MayDial = true;
                    break;
            }
        }
    }

    private static void ReadNames(AttestedCertificate certificate, AsnReader names)
    {
        for (var count = 0; names.HasData; count++)
        {
            if (count == MaxNames) throw new AttestationException($"name check: found more than {MaxNames} alternative names.");
            if (!names.PeekTag().HasSameClassAndValue(DnsName))
            {
                names.ReadEncodedValue();
                continue;
            }
            certificate.NamesServer |= names.ReadCharacterString(UniversalTagNumber.IA5String, DnsName) == AttestedCertificate.ServerName;
        }
    }
}
