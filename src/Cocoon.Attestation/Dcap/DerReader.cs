using System.Formats.Asn1;
using Cocoon.Attestation.Verification;

namespace Cocoon.Attestation.Dcap;

/// <summary>What certificates and revocation lists have in common: strict DER, nothing left over, ECDSA with SHA-256.</summary>
internal static class DerReader
{
    private const int MaxIdentifierSize = 32;
    private const int MaxNameParts = 16;

    /// <summary>Reads a signed structure: what is signed, the algorithm, the signature.</summary>
    public static (ReadOnlyMemory<byte> Signed, AsnReader Body, byte[] Signature) ReadSigned(ReadOnlyMemory<byte> der)
    {
        var reader = new AsnReader(der, AsnEncodingRules.DER);
        var outer = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        var signed = outer.PeekEncodedValue();
        var body = outer.ReadSequence();
        RequireSignatureAlgorithm(outer);
        var signature = ReadWholeBytes(outer);
        outer.ThrowIfNotEmpty();
        return (signed, body, signature);
    }

    public static void RequireSignatureAlgorithm(AsnReader reader)
    {
        var algorithm = reader.ReadSequence();
        var oid = ReadIdentifier(algorithm);
        algorithm.ThrowIfNotEmpty();
        if (oid != DcapOids.EcdsaWithSha256) throw Malformed($"signature algorithm {oid}", $"ECDSA with SHA-256 ({DcapOids.EcdsaWithSha256})");
    }

    public static byte[] ReadWholeBytes(AsnReader reader)
    {
        var bytes = reader.ReadBitString(out var unusedBits);
        return unusedBits == 0 ? bytes : throw Malformed("a bit string that ends within a byte", "whole bytes");
    }

    // Long identifiers take long to write in decimal digits.
    public static string ReadIdentifier(AsnReader reader) =>
        reader.PeekContentBytes().Length <= MaxIdentifierSize
            ? reader.ReadObjectIdentifier()
            : throw Malformed("an object identifier that is too long", $"at most {MaxIdentifierSize} bytes");

    public static DateTimeOffset ReadTime(AsnReader reader) =>
        reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? reader.ReadUtcTime() : reader.ReadGeneralizedTime();

    /// <summary>A serial number, as hexadecimal digits.</summary>
    public static string ReadSerial(AsnReader reader) => Convert.ToHexStringLower(reader.ReadIntegerBytes().Span);

    /// <summary>A name: its encoding, by which names are compared, and the common name in it.</summary>
    public static (ReadOnlyMemory<byte> Encoded, string CommonName) ReadName(AsnReader reader)
    {
        var encoded = reader.PeekEncodedValue();
        var parts = reader.ReadSequence();
        string? commonName = null;
        for (var count = 0; parts.HasData; count++)
        {
            if (count == MaxNameParts) throw Malformed("a name of many parts", $"at most {MaxNameParts}");
            var set = parts.ReadSetOf();
            var part = set.ReadSequence();
            set.ThrowIfNotEmpty();
            if (ReadIdentifier(part) == DcapOids.CommonName)
            {
                if (commonName is not null) throw Malformed("a name with two common names", "one");
                var type = (UniversalTagNumber)part.PeekTag().TagValue;
                if (type is not (UniversalTagNumber.UTF8String or UniversalTagNumber.PrintableString))
                    throw Malformed("a common name of another type", "a UTF-8 or printable string");
                commonName = part.ReadCharacterString(type);
            }
            else
            {
                part.ReadEncodedValue();
            }
            part.ThrowIfNotEmpty();
        }
        return (encoded, commonName ?? "");
    }

    public static AttestationException Malformed(string found, string wanted) =>
        new(new EvidenceCheck("DER format", false, found, wanted).ToString());
}
