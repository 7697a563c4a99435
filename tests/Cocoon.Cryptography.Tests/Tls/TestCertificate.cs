using System.Formats.Asn1;

namespace Cocoon.Cryptography.Tests.Tls;

/// <summary>The least certificate that TLS takes: self-signed, Ed25519, and as big as a test wants it.</summary>
internal static class TestCertificate
{
    public static byte[] Create(Ed25519PrivateKey key, int padding = 0)
    {
        var body = new AsnWriter(AsnEncodingRules.DER);
        using (body.PushSequence())
        {
            using (body.PushSequence(Context(0))) body.WriteInteger(2);
            body.WriteInteger(1);
            WriteAlgorithm(body);
            WriteName(body);
            using (body.PushSequence())
            {
                body.WriteUtcTime(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
                body.WriteUtcTime(new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero));
            }
            WriteName(body);
            using (body.PushSequence())
            {
                WriteAlgorithm(body);
                body.WriteBitString(key.PublicKey.Bits.ToArray());
            }
            using (body.PushSequence(Context(3)))
            using (body.PushSequence())
            using (body.PushSequence())
            {
                body.WriteObjectIdentifier("1.3.6.1.4.1.12345.1");
                body.WriteBoolean(true);
                body.WriteOctetString(new byte[padding]);
            }
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

    private static Asn1Tag Context(int number) => new(TagClass.ContextSpecific, number, isConstructed: true);

    private static void WriteAlgorithm(AsnWriter writer)
    {
        using (writer.PushSequence()) writer.WriteObjectIdentifier("1.3.101.112");
    }

    private static void WriteName(AsnWriter writer)
    {
        using (writer.PushSequence())
        using (writer.PushSetOf())
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier("2.5.4.3");
            writer.WriteCharacterString(UniversalTagNumber.UTF8String, "localhost");
        }
    }
}
