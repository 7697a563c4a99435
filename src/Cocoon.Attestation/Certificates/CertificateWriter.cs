using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Certificates;

/// <summary>Writes the certificates of the Cocoon wire protocol: X.509 version 3, self-signed, Ed25519, extensions in its order.</summary>
internal static class CertificateWriter
{
    private static readonly Asn1Tag Version = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag Extensions = new(TagClass.ContextSpecific, 3, isConstructed: true);
    private static readonly Asn1Tag DnsName = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag IpAddress = new(TagClass.ContextSpecific, 7);

    public static byte[] Write(Ed25519PrivateKey key, ReadOnlySpan<byte> quote, DateTimeOffset notBefore, TimeSpan lifetime)
    {
        var publicKey = key.PublicKey.Bits.ToArray();
        var body = new AsnWriter(AsnEncodingRules.DER);
        using (body.PushSequence())
        {
            using (body.PushSequence(Version)) body.WriteInteger(2);
            body.WriteInteger(SerialNumber());
            WriteAlgorithm(body);
            WriteName(body);
            using (body.PushSequence())
            {
                body.WriteUtcTime(notBefore);
                body.WriteUtcTime(notBefore + lifetime);
            }
            WriteName(body);
            using (body.PushSequence())
            {
                WriteAlgorithm(body);
                body.WriteBitString(publicKey);
            }
            using (body.PushSequence(Extensions))
            using (body.PushSequence())
                WriteExtensions(body, publicKey, quote);
        }
        var signed = body.Encode();

        var certificate = new AsnWriter(AsnEncodingRules.DER);
        using (certificate.PushSequence())
        {
            certificate.WriteEncodedValue(signed);
            WriteAlgorithm(certificate);
            certificate.WriteBitString(key.Sign(signed));
        }
        return certificate.Encode();
    }

    private static BigInteger SerialNumber() => new(RandomNumberGenerator.GetBytes(16), isUnsigned: true);

    private static void WriteAlgorithm(AsnWriter writer)
    {
        using (writer.PushSequence()) writer.WriteObjectIdentifier(CertificateOids.Ed25519);
    }

    /// <summary>The name that all certificates of the network bear.</summary>
    private static void WriteName(AsnWriter writer)
    {
        using (writer.PushSequence())
        {
            Part("2.5.4.6", UniversalTagNumber.PrintableString, "AE");
            Part("2.5.4.8", UniversalTagNumber.UTF8String, "DUBAI");
            Part("2.5.4.10", UniversalTagNumber.UTF8String, "TDLib Development");
            Part("2.5.4.11", UniversalTagNumber.UTF8String, "Security");
            Part("2.5.4.3", UniversalTagNumber.UTF8String, "localhost");
        }

        void Part(string oid, UniversalTagNumber type, string value)
        {
            using (writer.PushSetOf())
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(oid);
                writer.WriteCharacterString(type, value);
            }
        }
    }

    private static void WriteExtensions(AsnWriter writer, byte[] publicKey, ReadOnlySpan<byte> quote)
    {
        if (!quote.IsEmpty)
        {
            WriteExtension(writer, CertificateOids.Quote, critical: true, quote);
            WriteExtension(writer, CertificateOids.UserClaims, critical: true, publicKey);
        }

        var value = new AsnWriter(AsnEncodingRules.DER);
        using (value.PushSequence())
        {
        }
        WriteExtension(writer, CertificateOids.BasicConstraints, critical: true, value);

        value.WriteBitString([0x80], unusedBitCount: 7); // digitalSignature
        WriteExtension(writer, CertificateOids.KeyUsage, critical: true, value);

        using (value.PushSequence())
        {
            value.WriteObjectIdentifier(CertificateOids.ServerAuthentication);
            value.WriteObjectIdentifier(CertificateOids.ClientAuthentication);
        }
        WriteExtension(writer, CertificateOids.ExtendedKeyUsage, critical: true, value);

#pragma warning disable CA5350 // RFC 5280 §4.2.1.2 identifies keys by SHA-1; nothing rests on its strength.
        value.WriteOctetString(SHA1.HashData(publicKey));
#pragma warning restore CA5350
        WriteExtension(writer, CertificateOids.SubjectKeyIdentifier, critical: false, value);

        using (value.PushSequence())
        {
            value.WriteCharacterString(UniversalTagNumber.IA5String, "localhost", DnsName);
            // An address as a DNS name: the network's clients look for exactly this one.
            value.WriteCharacterString(UniversalTagNumber.IA5String, AttestedCertificate.ServerName, DnsName);
            value.WriteOctetString([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], IpAddress);
        }
        WriteExtension(writer, CertificateOids.SubjectAlternativeName, critical: false, value);
    }

    private static void WriteExtension(AsnWriter writer, string oid, bool critical, AsnWriter value)
    {
        WriteExtension(writer, oid, critical, value.Encode());
        value.Reset();
    }

    private static void WriteExtension(AsnWriter writer, string oid, bool critical, ReadOnlySpan<byte> value)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(oid);
            if (critical) writer.WriteBoolean(true);
            writer.WriteOctetString(value);
        }
    }
}
