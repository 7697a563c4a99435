using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.Xml;
using System.Xml;
using Cocoon.Attestation.Chains;

namespace Cocoon.Attestation.Nvidia;

/// <summary>
/// The signature inside a manifest (XML-DSig, W3C 2013). There are many ways to write one; this reads the way in which NVIDIA writes
/// them and refuses the others: one reference, to the whole document but the signature, in canonical XML 1.1, SHA-384, ECDSA.
/// </summary>
internal sealed class RimSignature
{
    private const string Dsig = "http://www.w3.org/2000/09/xmldsig#";
    private const string Canonical11 = "http://www.w3.org/2006/12/xml-c14n11";
    private const string Sha384 = "http://www.w3.org/2001/04/xmldsig-more#sha384";
    private const string EcdsaSha384 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384";

    private readonly XmlElement _signature;
    private readonly XmlElement _signedInfo;
    private readonly byte[] _digest;
    private readonly byte[] _value;

    /// <exception cref="AttestationException">There is no signature, or it is written in another way.</exception>
    public RimSignature(RimFile manifest)
    {
        if (manifest.Document.DocumentElement!.ChildNodes.OfType<XmlElement>().Where(child => child.NamespaceURI == Dsig).ToArray() is not [var signature])
            throw Unlike("exactly one signature");
        _signature = signature;
        if (Children(signature, "SignedInfo", "SignatureValue", "KeyInfo") is not [var signedInfo, var value, var keyInfo]) throw Unlike("SignedInfo, SignatureValue and KeyInfo");
        _signedInfo = signedInfo;
        _value = Base64(value);
        if (Children(signedInfo, "CanonicalizationMethod", "SignatureMethod", "Reference") is not [var canonical, var method, var reference])
            throw Unlike("one reference");
        RequireAlgorithm(canonical, Canonical11);
        RequireAlgorithm(method, EcdsaSha384);
        if (reference.GetAttributeNode("URI") is not { Value: "" }) throw Unlike("a reference to the whole document");
        if (Children(reference, "Transforms", "DigestMethod", "DigestValue") is not [var transforms, var hash, var digest]) throw Unlike("a digest");
        if (Children(transforms, "Transform", "Transform") is not [var enveloped, var transform]) throw Unlike("two transforms");
        RequireAlgorithm(enveloped, Dsig + "enveloped-signature");
        RequireAlgorithm(transform, Canonical11);
        RequireAlgorithm(hash, Sha384);
        _digest = Base64(digest);
        if (Children(keyInfo, "X509Data") is not [var data]) throw Unlike("X509Data");
        Certificates = [.. data.ChildNodes.OfType<XmlElement>().Select(certificate => (ReadOnlyMemory<byte>)Base64(certificate))];
    }

    /// <summary>The signer's chain in DER, its own certificate first.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Certificates { get; }

    /// <summary>Whether this key signed the manifest as it was read.</summary>
    public bool IsBy(ReadOnlySpan<byte> publicKeyInfo)
    {
        var document = (XmlDocument)_signature.OwnerDocument.CloneNode(deep: true);
        document.PreserveWhitespace = true;
        var copy = document.DocumentElement!.ChildNodes.OfType<XmlElement>().Single(child => child.NamespaceURI == Dsig);
        copy.ParentNode!.RemoveChild(copy);
        return SHA384.HashData(Canonicalize(document)).AsSpan().SequenceEqual(_digest)
            && P384.Verify(publicKeyInfo, Canonicalize(SignedInfoAlone()), _value);
    }

    // Canonical XML repeats the namespaces in scope where a part of a document stands alone.
    private XmlDocument SignedInfoAlone()
    {
        var document = new XmlDocument { PreserveWhitespace = true, XmlResolver = null };
        var copy = (XmlElement)document.ImportNode(_signedInfo, deep: true);
        foreach (var (prefix, uri) in _signedInfo.CreateNavigator()!.GetNamespacesInScope(XmlNamespaceScope.ExcludeXml))
            copy.SetAttribute(prefix.Length == 0 ? "xmlns" : "xmlns:" + prefix, uri);
        document.AppendChild(copy);
        return document;
    }

    // Versions 1.0 and 1.1 differ only in xml:* attributes, which manifests are not read with.
    private static byte[] Canonicalize(XmlDocument document)
    {
        var transform = new XmlDsigC14NTransform();
        transform.LoadInput(document);
        using var output = (MemoryStream)transform.GetOutput(typeof(Stream));
        return output.ToArray();
    }

    private static XmlElement[]? Children(XmlElement parent, params string[] names)
    {
        var children = parent.ChildNodes.OfType<XmlElement>().ToArray();
        return children.All(child => child.NamespaceURI == Dsig) && children.Select(child => child.LocalName).SequenceEqual(names) ? children : null;
    }

    private static void RequireAlgorithm(XmlElement element, string algorithm)
    {
        if (element.GetAttribute("Algorithm") != algorithm || element.ChildNodes.OfType<XmlElement>().Any()) throw Unlike(algorithm);
    }

    private static byte[] Base64(XmlElement element)
    {
        try
        {
            return Convert.FromBase64String(element.InnerText);
        }
        catch (FormatException)
        {
            throw Unlike("Base64 in " + element.LocalName);
        }
    }

    private static AttestationException Unlike(string wanted) => new($"The manifest's signature is not written as NVIDIA writes them: wanted {wanted}.");
}
