using System.Formats.Asn1;
using Cocoon.Attestation.Chains;

namespace Cocoon.Attestation.SevSnp;

/// <summary>What a VCEK's or VLEK's certificate says of its chip (AMD's key distribution service specification, chapter 3).</summary>
internal sealed record SnpKeyExtensions(string ProductName, SnpTcb Tcb, ReadOnlyMemory<byte> HardwareId, bool NamesProvider)
{
    private const string Prefix = "1.3.6.1.4.1.3704.1.";
    private const int MaxTextLength = 32;

    /// <summary>Reads them; the product line decides which patch levels there have to be.</summary>
    /// <exception cref="AttestationException">One is missing or malformed.</exception>
    public static SnpKeyExtensions Read(ChainCertificate certificate, SnpProduct product)
    {
        try
        {
            var isTurin = product == SnpProduct.Turin;
            return new SnpKeyExtensions(
                ReadText(certificate, "2"),
                new SnpTcb(
                    BootLoader: ReadLevel(certificate, "3.1"), Tee: ReadLevel(certificate, "3.2"), Snp: ReadLevel(certificate, "3.3"),
                    Microcode: ReadLevel(certificate, "3.8"), Fmc: isTurin ? ReadLevel(certificate, "3.9") : (byte)0),
                ReadHardwareId(certificate.FindExtension(Prefix + "4"), isTurin ? 8 : 64),
                certificate.FindExtension(Prefix + "5") is not null);
        }
        catch (AsnContentException exception)
        {
            throw new AttestationException($"An extension of {certificate.Subject} is malformed: {exception.Message}", exception);
        }
    }

    /// <summary>The product's name, such as "Milan-B0"; null when it is missing or malformed.</summary>
    public static string? FindProductName(ChainCertificate certificate)
    {
        try
        {
            return ReadText(certificate, "2");
        }
        catch (Exception exception) when (exception is AsnContentException or AttestationException)
        {
            return null;
        }
    }

    /// <summary>The product line that a product's name begins with; null for one that is not known here.</summary>
    public static SnpProduct? FindProduct(string productName) =>
        Enum.TryParse<SnpProduct>(productName.Split('-')[0], out var product) && Enum.IsDefined(product) ? product : null;

    private static byte ReadLevel(ChainCertificate certificate, string suffix)
    {
        var reader = Find(certificate, suffix);
        var level = reader.TryReadUInt32(out var value) && value <= byte.MaxValue
            ? (byte)value
            : throw new AttestationException($"The patch level {Prefix}{suffix} of {certificate.Subject} is not 0 to 255.");
        reader.ThrowIfNotEmpty();
        return level;
    }

    private static string ReadText(ChainCertificate certificate, string suffix)
    {
        var reader = Find(certificate, suffix);
        var text = reader.ReadCharacterString(UniversalTagNumber.IA5String);
        reader.ThrowIfNotEmpty();
        // It ends up in errors before anybody vouched for it.
        return text.Length <= MaxTextLength && text.All(character => character is > ' ' and < '\u007f')
            ? text
            : throw new AttestationException($"The extension {Prefix}{suffix} of {certificate.Subject} is not a short word.");
    }

    private static AsnReader Find(ChainCertificate certificate, string suffix) =>
        new(certificate.FindExtension(Prefix + suffix) ?? throw new AttestationException($"{certificate.Subject} lacks the extension {Prefix}{suffix}."), AsnEncodingRules.DER);

    // The bytes stand bare in the certificates of the first product lines and in an OCTET STRING in some later ones.
    private static ReadOnlyMemory<byte> ReadHardwareId(byte[]? value, int size)
    {
        if (value is null || value.Length == size) return value;
        var reader = new AsnReader(value, AsnEncodingRules.DER);
        var id = reader.ReadOctetString();
        reader.ThrowIfNotEmpty();
        return id.Length == size ? id : throw new AttestationException($"A hardware id of {id.Length} bytes was found, wanted {size}.");
    }
}
