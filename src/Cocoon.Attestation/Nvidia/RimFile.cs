using System.Collections.Immutable;
using System.Globalization;
using System.Xml;

namespace Cocoon.Attestation.Nvidia;

/// <summary>
/// A reference integrity manifest: what NVIDIA says that a driver or a GPU firmware measures to. A SWID tag (ISO 19770-2) as TCG's RIM
/// information model profiles it, with an XML signature inside. Reading one checks its form only; <see cref="GpuVerifier"/> says whether
/// to believe it.
/// </summary>
public sealed class RimFile
{
    /// <summary>The largest manifest that is read, in bytes.</summary>
    public const int MaxSize = 1024 * 1024;

    internal const string Swid = "http://standards.iso.org/iso/19770/-2/2015/schema.xsd";

    private const string HashNamespace = "http://www.w3.org/2001/04/xmlenc#sha384";
    private const int MaxDepth = 16;
    private const int MaxAlternatives = 64;
    private const int HashSize = 48;

    private RimFile(XmlDocument document)
    {
        Document = document;
        var root = document.DocumentElement!;
        if (root.LocalName != "SoftwareIdentity" || root.NamespaceURI != Swid)
            throw new AttestationException("The manifest's outermost element is another one, wanted SoftwareIdentity of ISO 19770-2.");
        var meta = Child(root, "Meta");
        Version = Attribute(meta, "colloquialVersion");
        Product = Attribute(meta, "product");
        Measurements = [.. Child(root, "Payload").ChildNodes.OfType<XmlElement>().Select(ReadResource)];
        if (Measurements.Length == 0) throw new AttestationException("The manifest has no measurements.");
        if (Measurements.DistinctBy(measurement => measurement.Index).Count() != Measurements.Length)
            throw new AttestationException("The manifest has an index twice.");
    }

    /// <summary>The version of the driver or firmware that this is about.</summary>
    public string Version { get; }

    /// <summary>The GPU that this is about, such as "GH100".</summary>
    public string Product { get; }

    /// <summary>What is wanted, in the order of the manifest.</summary>
    public ImmutableArray<RimMeasurement> Measurements { get; }

    internal XmlDocument Document { get; }

    /// <summary>Reads a manifest.</summary>
    /// <exception cref="AttestationException">It is too large or too deep, has a DTD, or is not such a manifest.</exception>
    public static RimFile Parse(ReadOnlySpan<byte> xml)
    {
        if (xml.Length > MaxSize) throw new AttestationException($"A manifest of {xml.Length} bytes was found, wanted at most {MaxSize}.");
        var bytes = xml.ToArray();
        try
        {
            RequirePlain(bytes);
            var document = new XmlDocument { PreserveWhitespace = true, XmlResolver = null };
            using var reader = Open(bytes);
            document.Load(reader);
            return new RimFile(document);
        }
        catch (XmlException exception)
        {
            throw new AttestationException($"The manifest is not well-formed XML: {exception.Message}", exception);
        }
    }

    private static XmlReader Open(byte[] xml) => XmlReader.Create(
        new MemoryStream(xml, writable: false),
        new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = MaxSize, MaxCharactersFromEntities = 1024 });

    // What a signature covers is a canonical form. Elements, attributes and text have only one reading in it; everything else stays out,
    // xml:* attributes too, in whose inheritance the versions of the canonical form differ.
    private static void RequirePlain(byte[] xml)
    {
        using var reader = Open(xml);
        while (reader.Read())
        {
            if (reader.Depth > MaxDepth) throw new AttestationException($"The manifest's elements are more than {MaxDepth} deep.");
            if (reader.NodeType is not (XmlNodeType.XmlDeclaration or XmlNodeType.Element or XmlNodeType.EndElement or XmlNodeType.Text
                or XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace))
            {
                throw new AttestationException($"The manifest has a part of the kind {reader.NodeType}, wanted elements and text.");
            }
            if (reader.NodeType != XmlNodeType.Element) continue;
            while (reader.MoveToNextAttribute())
            {
                if (reader.Prefix == "xml") throw new AttestationException("The manifest has an attribute of the prefix xml, wanted none.");
            }
        }
    }

    private static RimMeasurement ReadResource(XmlElement resource)
    {
        if (resource.LocalName != "Resource" || resource.NamespaceURI != Swid || Attribute(resource, "type") != "Measurement")
            throw new AttestationException("The manifest's payload has another element, wanted a Resource that is a Measurement.");
        var index = Number(resource, "index", 0, 255);
        var isActive = Attribute(resource, "active") switch
        {
            "True" => true,
            "False" => false,
            var other => throw new AttestationException($"The manifest's measurement {index} is active \"{other}\", wanted True or False."),
        };
        Number(resource, "size", HashSize, HashSize);
        var alternatives = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
        var count = Number(resource, "alternatives", 1, MaxAlternatives);
        for (var number = 0; number < count; number++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"Hash{number}");
            var hash = new byte[HashSize];
            var digits = resource.GetAttribute(name, HashNamespace);
            if (digits.Length != 2 * HashSize || Convert.FromHexString(digits, hash, out _, out _) != System.Buffers.OperationStatus.Done)
                throw new AttestationException($"The manifest's measurement {index} lacks {name}, wanted {2 * HashSize} hexadecimal digits.");
            alternatives.Add(hash);
        }
        return new RimMeasurement(index, isActive, alternatives.ToImmutable());
    }

    private static XmlElement Child(XmlElement parent, string name) =>
        parent.ChildNodes.OfType<XmlElement>().Where(child => child.LocalName == name && child.NamespaceURI == Swid).ToArray() is [var only]
            ? only
            : throw new AttestationException($"The manifest has not exactly one element {name}.");

    private static string Attribute(XmlElement element, string name) =>
        element.GetAttribute(name) is { Length: > 0 and <= 256 } value ? value : throw new AttestationException($"The manifest has an element that lacks the attribute {name}.");

    private static int Number(XmlElement element, string name, int min, int max) =>
        int.TryParse(Attribute(element, name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
            ? value
            : throw new AttestationException($"The manifest's {name} is not a number of {min} to {max}.");
}
