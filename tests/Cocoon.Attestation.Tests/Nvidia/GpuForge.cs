using System.Buffers.Binary;
using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Cocoon.Attestation.Nvidia;
using Cocoon.Attestation.Tests.Chains;
using Cocoon.Attestation.Verification;

namespace Cocoon.Attestation.Tests.Nvidia;

/// <summary>Makes a GPU's evidence and its manifests, right but for what a test changes.</summary>
internal sealed class GpuForge
{
    public static readonly DateTimeOffset Now = TestAuthority.Start.AddMonths(1);
    public static readonly byte[] Nonce = SHA256.HashData("nonce"u8);

    public TestAuthority Root { get; } = new("test device root");

    public TestAuthority Authority { get; set; }

    public TestAuthority ManifestRoot { get; } = new("test manifest root");

    public string Name { get; init; } = "test GPU";

    public ECDsa Key => TestAuthority.KeyOf(Name);

    public byte[] FirmwareId { get; set; } = SHA384.HashData("firmware"u8);

    public byte[] CertifiedFirmwareId { get; set; } = SHA384.HashData("firmware"u8);

    public DateTimeOffset CertificateEnd { get; set; } = TestAuthority.End;

    public string Chip { get; set; } = "";

    public byte VideoDecoder { get; set; } = 0xaa;

    /// <summary>SPDM's indexes, from 1.</summary>
    public SortedDictionary<int, byte[]> Measurements { get; } = new(Enumerable.Range(1, 64).ToDictionary(index => index, Hash));

    public GpuRequirements Requirements { get; set; }

    public GpuForge()
    {
        Authority = new TestAuthority("test GPU authority", Root);
        Requirements = new GpuRequirements { DeviceRoot = Root.Anchor, ManifestRoot = ManifestRoot.Anchor };
    }

    public static byte[] Hash(int index) => SHA384.HashData([(byte)index]);

    public EvidenceReport Verify(GpuEvidence? evidence = null, RimFile? driver = null, RimFile? vbios = null, byte[]? nonce = null) =>
        new GpuVerifier(Requirements).Verify(evidence ?? Make(), nonce ?? Nonce, driver ?? Driver(), vbios ?? Vbios(), Now);

    public RimFile Driver() => Manifest("550.90.07", (7, [Hash(8)]), (23, [Hash(99), Hash(24)]), (35, [Hash(36)]));

    public RimFile Vbios() => Manifest("96.00.9f.00.01", (0, [Hash(1)]), (1, [Hash(2)]));

    public GpuEvidence Make(byte[]? nonce = null, Func<byte[], byte[]>? change = null)
    {
        var body = Body(nonce ?? Nonce);
        var signed = change?.Invoke(body) ?? body;
        byte[] report = [.. signed, .. Key.SignData(signed, HashAlgorithmName.SHA384)];
        return new GpuEvidence(report, [Certificate(), Authority.Der, Root.Der]);
    }

    public byte[] Body(byte[] nonce)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write([0x11, 0xe0, 0x01, 0xff, .. nonce, 0]);
        byte[] record = [.. Measurements.SelectMany(pair => Block(pair.Key, pair.Value))];
        writer.Write([0x11, 0x60, 0, 0, (byte)Measurements.Count, (byte)record.Length, (byte)(record.Length >> 8), 0]);
        writer.Write(record);
        writer.Write(new byte[32]);
        byte[] fields =
        [
            .. Field(3, "550.90.07\0"u8), .. Field(6, [0, 0x9f, 0, 0x96, 1, 0, 0, 0]), .. Field(11, [VideoDecoder]), .. Field(15, "882\0"u8),
            .. Field(17, "1010\0"u8), .. Field(18, "0200\0"u8), .. FirmwareId.Length == 0 ? [] : Field(20, FirmwareId),
            .. Chip.Length == 0 ? [] : Field(35, Encoding.ASCII.GetBytes(Chip)),
        ];
        writer.Write((ushort)fields.Length);
        writer.Write(fields);
        return stream.ToArray();
    }

    /// <summary>A manifest that speaks for these indexes, from 0, and lists one more that it does not speak for.</summary>
    public RimFile Manifest(string version, params (int Index, byte[][] Values)[] wanted) => RimFile.Parse(ManifestXml(version, null, wanted));

    public byte[] ManifestXml(string version, DateTimeOffset? end, params (int Index, byte[][] Values)[] wanted)
    {
        var resources = wanted.Select(entry => Resource(entry.Index, "True", entry.Values)).Append(Resource(255, "False", [new byte[48]]));
        var content =
            "<SoftwareIdentity xmlns=\"http://standards.iso.org/iso/19770/-2/2015/schema.xsd\" xmlns:h=\"http://www.w3.org/2001/04/xmlenc#sha384\" name=\"T\">"
            + $"\n  <Meta colloquialVersion=\"{version}\" product=\"GH100\"></Meta>\n  <Payload>{string.Concat(resources)}</Payload>\n";
        var signer = TestAuthority.KeyOf("manifest signer");
        var certificate = ManifestRoot.IssueDevice("manifest signer", signer, [], end);

        // The texts are canonical as they are written, so the signature is computed without the code under test.
        const string Scope = "xmlns=\"http://standards.iso.org/iso/19770/-2/2015/schema.xsd\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" xmlns:h=\"http://www.w3.org/2001/04/xmlenc#sha384\"";
        var digest = Convert.ToBase64String(SHA384.HashData(Encoding.UTF8.GetBytes(content + "</SoftwareIdentity>")));
        var info = "><ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2006/12/xml-c14n11\"></ds:CanonicalizationMethod>"
            + "<ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384\"></ds:SignatureMethod><ds:Reference URI=\"\"><ds:Transforms>"
            + "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform>"
            + "<ds:Transform Algorithm=\"http://www.w3.org/2006/12/xml-c14n11\"></ds:Transform></ds:Transforms>"
            + $"<ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#sha384\"></ds:DigestMethod><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>";
        var value = Convert.ToBase64String(signer.SignData(Encoding.UTF8.GetBytes($"<ds:SignedInfo {Scope}{info}"), HashAlgorithmName.SHA384));
        var xml = content + $"<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo{info}<ds:SignatureValue>{value}</ds:SignatureValue><ds:KeyInfo><ds:X509Data>"
            + $"<ds:X509Certificate>{Convert.ToBase64String(certificate)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature></SoftwareIdentity>";
        return Encoding.UTF8.GetBytes(xml);
    }

    private static string Resource(int index, string active, byte[][] values)
    {
        var hashes = string.Concat(values.Select((value, number) => string.Create(CultureInfo.InvariantCulture, $" h:Hash{number}=\"{Convert.ToHexStringLower(value)}\"")));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"<Resource active=\"{active}\" alternatives=\"{values.Length}\" index=\"{index}\" name=\"M\" size=\"48\" type=\"Measurement\"{hashes}></Resource>");
    }

    private static byte[] Block(int index, byte[] value) => [(byte)index, 1, .. Size(value.Length + 3), 1, .. Size(value.Length), .. value];

    private static byte[] Field(ushort type, ReadOnlySpan<byte> value) => [.. Size(type), .. Size(value.Length), .. value];

    private static byte[] Size(int size)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)size);
        return bytes;
    }

    private byte[] Certificate()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(1);
            using (writer.PushSequence()) { }
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier("2.16.840.1.101.3.4.2.2");
                writer.WriteOctetString(CertifiedFirmwareId);
            }
        }
        return Authority.IssueDevice(Name, Key, [new X509Extension("2.23.133.5.4.1", writer.Encode(), false)], CertificateEnd);
    }
}
