using System.Formats.Asn1;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Tests.Certificates;

/// <summary>Makes certificates that are wrong in exactly the way a test wants.</summary>
internal sealed class CertificateForge
{
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public byte[]? Version { get; set; } = [2];
    public string SignatureAlgorithm { get; set; } = "1.3.101.112";
    public string OuterAlgorithm { get; set; } = "1.3.101.112";
    public string KeyAlgorithm { get; set; } = "1.3.101.112";
    public string Issuer { get; set; } = "localhost";
    public string Subject { get; set; } = "localhost";
    public DateTimeOffset NotBefore { get; set; } = Start;
    public DateTimeOffset NotAfter { get; set; } = Start.AddDays(1);
    public bool GeneralizedTime { get; set; }
    public byte[]? KeyBytes { get; set; }
    public bool BreakSignature { get; set; }
    public List<(string Oid, bool Critical, byte[] Value)> Extensions { get; } =
    [
        ("2.5.29.19", true, [0x30, 0]),
        ("2.5.29.15", true, [3, 2, 7, 0x80]),
        ("2.5.29.37", true, [0x30, 20, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 2]),
        ("2.5.29.17", false, [0x30, 11, 0x82, 9, .. "127.0.0.1"u8]),
    ];

    public CertificateForge Without(string oid)
    {
        Extensions.RemoveAll(extension => extension.Oid == oid);
        return this;
    }

    public CertificateForge With(string oid, bool critical, byte[] value)
    {
        Extensions.Add((oid, critical, value));
        return this;
    }

    public byte[] Make(Ed25519PrivateKey key)
    {
        var body = new AsnWriter(AsnEncodingRules.DER);
        using (body.PushSequence())
        {
            if (Version is not null)
            {
                using (body.PushSequence(Context(0))) body.WriteInteger(Version);
            }
            body.WriteInteger(77);
            WriteAlgorithm(body, SignatureAlgorithm);
            WriteName(body, Issuer);
            using (body.PushSequence())
            {
                WriteTime(body, NotBefore);
                WriteTime(body, NotAfter);
            }
            WriteName(body, Subject);
            using (body.PushSequence())
            {
                WriteAlgorithm(body, KeyAlgorithm);
                body.WriteBitString(KeyBytes ?? key.PublicKey.Bits.ToArray());
            }
            if (Extensions.Count > 0)
            {
                using (body.PushSequence(Context(3)))
                using (body.PushSequence())
                {
                    foreach (var (oid, critical, value) in Extensions)
                    {
                        using (body.PushSequence())
                        {
                            body.WriteObjectIdentifier(oid);
                            if (critical) body.WriteBoolean(true);
                            body.WriteOctetString(value);
                        }
                    }
                }
            }
        }
        var signed = body.Encode();
        var signature = key.Sign(signed);
        if (BreakSignature) signature[10] ^= 1;

        var certificate = new AsnWriter(AsnEncodingRules.DER);
        using (certificate.PushSequence())
        {
            certificate.WriteEncodedValue(signed);
            WriteAlgorithm(certificate, OuterAlgorithm);
            certificate.WriteBitString(signature);
        }
        return certificate.Encode();
    }

    private static Asn1Tag Context(int number) => new(TagClass.ContextSpecific, number, isConstructed: true);

    private static void WriteAlgorithm(AsnWriter writer, string oid)
    {
        using (writer.PushSequence()) writer.WriteObjectIdentifier(oid);
    }

    private void WriteTime(AsnWriter writer, DateTimeOffset time)
    {
        if (GeneralizedTime) writer.WriteGeneralizedTime(time, omitFractionalSeconds: true);
        else writer.WriteUtcTime(time);
    }

    private static void WriteName(AsnWriter writer, string commonName)
    {
        using (writer.PushSequence())
        using (writer.PushSetOf())
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier("2.5.4.3");
            writer.WriteCharacterString(UniversalTagNumber.UTF8String, commonName);
        }
    }
}
