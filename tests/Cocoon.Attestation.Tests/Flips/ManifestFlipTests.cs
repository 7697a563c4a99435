using System.Text;
using Cocoon.Attestation.Chains;
using Cocoon.Attestation.Nvidia;
using Cocoon.Attestation.Tests.Nvidia;
using Cocoon.Attestation.Tests.Vectors;
using Cocoon.Attestation.Verification;

namespace Cocoon.Attestation.Tests.Flips;

/// <summary>
/// NVIDIA's signed manifests, twenty kilobytes of XML each: one bit of every character of what is signed and of the certificates, and all eight bits
/// of the signature with what it says of itself. Each change is read and its signature verified as a whole.
/// </summary>
/// <remarks>
/// What no signature covers: <list type="bullet">
/// <item>white space inside tags and between the digits of Base64, which canonical XML and Base64 leave out (no single bit makes one kind of it of another);</item>
/// <item>the bits of the last digit of Base64 that belong to no byte: the certificates that are read are the same;</item>
/// <item>the newline after the last element.</item>
/// </list></remarks>
[Collection(nameof(FlipCollection))]
public sealed class ManifestFlipTests
{
    [VectorFact]
    public void One_bit_of_every_character_that_is_signed_in_the_real_driver_manifest() => RequireSigned("driver");

    [VectorFact]
    public void One_bit_of_every_character_that_is_signed_in_the_real_VBIOS_manifest() => RequireSigned("vbios");

    [VectorFact]
    public void All_8_bits_of_every_character_of_the_signatures_of_the_real_manifests()
    {
        foreach (var name in new[] { "driver", "vbios" })
        {
            var xml = NvidiaVectors.ReadManifest(name);
            var key = KeyOf(xml);
            BitFlips.InAll(xml, Find(xml, "<ds:Signature ")..Find(xml, "<ds:KeyInfo>"), changed => IsBy(changed, key)).ShouldBeEmpty(name);
        }
    }

    /// <summary>The two manifests have the same chain but for the signer's own certificate, so of the second only that is changed.</summary>
    [VectorFact]
    public void One_bit_of_every_character_of_the_certificates_of_the_real_manifests()
    {
        RequireCertificates("driver", xml => xml.Length);
        RequireCertificates("vbios", xml => Find(xml, "</ds:X509Certificate>"));
    }

    private static void RequireSigned(string name)
    {
        var xml = NvidiaVectors.ReadManifest(name);
        var key = KeyOf(xml);
        BitFlips.OneInEach(xml, ..Find(xml, "<ds:Signature "), changed => IsBy(changed, key)).ShouldBeEmpty();
    }

    private static void RequireCertificates(string name, Func<byte[], int> end)
    {
        var xml = NvidiaVectors.ReadManifest(name);
        var good = Certificates(xml).Select(der => Convert.ToHexString(der.Span)).ToArray();
        var verifier = new CertificateChain(NvidiaRoots.Manifests, [], RevocationDemand.None);
        var believed = BitFlips.OneInEach(xml, Find(xml, "<ds:KeyInfo>")..end(xml), changed =>
        {
            var certificates = Certificates(changed);
            // The same certificates in other digits: nothing has to be verified anew.
            if (certificates.Select(der => Convert.ToHexString(der.Span)).SequenceEqual(good)) return true;
            var checks = new CheckList();
            return CertificateChain.Parse(checks, "manifest", certificates) is { } chain && verifier.Verify(checks, "manifest", chain, NvidiaVectors.Now);
        });
        believed.Where(flip => !IsUnsigned(xml, flip.Index)).ShouldBeEmpty(name);
    }

    /// <summary>Whether a character is the last digit before Base64's padding, or the end of the file.</summary>
    private static bool IsUnsigned(byte[] xml, int index) => index == xml.Length - 1 || xml[index] != '=' && xml[index + 1] == '=';

    private static bool IsBy(byte[] xml, byte[] key) => new RimSignature(RimFile.Parse(xml)).IsBy(key);

    private static System.Collections.Immutable.ImmutableArray<ReadOnlyMemory<byte>> Certificates(byte[] xml) => new RimSignature(RimFile.Parse(xml)).Certificates;

    private static byte[] KeyOf(byte[] xml) => ChainCertificate.Parse(Certificates(xml)[0]).PublicKeyInfo.ToArray();

    private static int Find(byte[] xml, string text) => xml.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) is >= 0 and var index ? index : throw new InvalidOperationException(text);
}
