using System.Collections.Immutable;
using System.Text.Json;
using Cocoon.Attestation.Certificates;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.Nvidia;
using Cocoon.Attestation.Verification;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Reports;

/// <summary>One peer's part of an <see cref="AttestationReport"/>.</summary>
public sealed record ReportedEvidence
{
    private const int MaxGpuReport = 64 * 1024;
    private const int MaxCertificate = 16 * 1024;
    private const int MaxCertificates = 16;

    /// <summary>`proxy` or `worker`.</summary>
    public required string Role { get; init; }

    /// <summary>The key of the peer's certificate.</summary>
    public required Ed25519PublicKey Key { get; init; }

    /// <summary>The kind of evidence; <see cref="EvidenceKind.None"/> where the client's policy asks for none, and then nothing else is here.</summary>
    public required EvidenceKind Kind { get; init; }

    /// <summary>The client's policy, by its name.</summary>
    public required string Policy { get; init; }

    /// <summary>The hash of the image that runs.</summary>
    public Bits256 ImageHash { get; init; }

    /// <summary>Whether the network's registry lists the image, as far as the client knows.</summary>
    public bool IsListed { get; init; }

    /// <summary>The evidence.</summary>
    public FreshEvidence Shown { get; init; } = new(ReadOnlyMemory<byte>.Empty, []);

    /// <summary>What the client's verdict rests on.</summary>
    public VerdictBasis Basis { get; init; } = new([]);

    /// <summary>What the evidence has to cover to be made for a nonce.</summary>
    /// <exception cref="AttestationException">The evidence of a GPU cannot be read, or a GPU is there twice.</exception>
    public EvidenceBinding BindingTo(Bits256 nonce) => EvidenceBinding.ToNonce(Key, nonce, GpuBinding.DevicesOf(Shown.Gpus));

    internal static ReportedEvidence Read(SignedJson json, string role)
    {
        var name = json.Text("evidence");
        var kind = EvidenceKindExtensions.Find(name) ?? throw new FormatException($"the {role}'s evidence is '{name}', which is not known.");
        if (json.Text("role") != role) throw new FormatException($"the {role}'s part is that of a '{json.Text("role")}'.");
        var read = new ReportedEvidence
        {
            Role = role,
            Key = new Ed25519PublicKey(new Bits256(json.Hex("key", Bits256.Size))),
            Kind = kind,
            Policy = json.Text("policy"),
        };
        if (kind == EvidenceKind.None) return read;
        return read with
        {
            ImageHash = new Bits256(json.Hex("image_hash", Bits256.Size)),
            IsListed = json.Flag("image_listed"),
            Shown = new FreshEvidence(
                json.Base64("quote", AttestedCertificate.MaxQuoteSize),
                [.. json.Objects("gpus", 0, GpuEvidence.MaxGpus).Select(gpu => new GpuEvidence(gpu.Base64("report", MaxGpuReport), Certificates(gpu)))]),
            Basis = new VerdictBasis(
                [.. json.Object("verdict").Objects("checks", 0).Select(check => new EvidenceCheck(
                    check.Text("name"), check.Flag("passed"), check.Text("found"), check.Text("wanted")))])
            {
                Collateral = json.Has("collateral") ? DcapCollateral.ParseJson(json.Raw("collateral")) : null,
                Certificates = Certificates(json),
            },
        };
    }

    internal void Write(Utf8JsonWriter json, Bits256 nonce)
    {
        json.WriteStartObject();
        json.WriteString("role", Role);
        json.WriteString("evidence", Kind.Name());
        json.WriteString("policy", Policy);
        json.WriteString("key", Key.ToString());
        if (Kind == EvidenceKind.None) json.WriteString("note", $"The client's policy '{Policy}' asks for no evidence, so nothing stands behind this key.");
        else WriteEvidence(json, nonce);
        json.WriteEndObject();
    }

    private void WriteEvidence(Utf8JsonWriter json, Bits256 nonce)
    {
        json.WriteString("image_hash", ImageHash.ToString());
        json.WriteBoolean("image_listed", IsListed);
        json.WriteString("report_data", Convert.ToHexStringLower(BindingTo(nonce).ReportData.Span));
        json.WriteBase64String("quote", Shown.Quote.Span);
        json.WriteStartArray("gpus");
        foreach (var gpu in Shown.Gpus)
        {
            json.WriteStartObject();
            json.WriteString("name", GpuBinding.DeviceOf(gpu).ToString());
            json.WriteBase64String("report", gpu.Report.Span);
            WriteCertificates(json, gpu.Certificates);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        WriteCertificates(json, Basis.Certificates);
        if (Basis.Collateral is { } collateral)
        {
            json.WritePropertyName("collateral");
            collateral.Write(json);
        }
        json.WriteStartObject("verdict");
        json.WriteBoolean("accepted", true);
        json.WriteStartArray("checks");
        foreach (var check in Basis.Checks)
        {
            json.WriteStartObject();
            json.WriteString("name", check.Name);
            json.WriteBoolean("passed", check.Passed);
            json.WriteString("found", check.Found);
            json.WriteString("wanted", check.Wanted);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteCertificates(Utf8JsonWriter json, ImmutableArray<ReadOnlyMemory<byte>> certificates)
    {
        json.WriteStartArray("certificates");
        foreach (var certificate in certificates) json.WriteBase64StringValue(certificate.Span);
        json.WriteEndArray();
    }

    private static ImmutableArray<ReadOnlyMemory<byte>> Certificates(SignedJson json)
    {
        var texts = json.OptionalTexts("certificates");
        if (texts.Length > MaxCertificates) throw new FormatException($"there are {texts.Length} certificates, wanted at most {MaxCertificates}.");
        return [.. texts.Select(text =>
        {
            ReadOnlyMemory<byte> bytes = Convert.FromBase64String(text);
            return bytes.Length <= MaxCertificate ? bytes : throw new FormatException($"a certificate has {bytes.Length} bytes, wanted at most {MaxCertificate}.");
        })];
    }
}
