using System.Globalization;
using System.Text.Json;
using Cocoon.Attestation.Dcap;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Reports;

/// <summary>
/// What a client's gateway says of the evidence behind its answers, with all that a stranger needs to check it without the client: made for a nonce,
/// with the vendors' documents and the checks that the client made itself.
/// </summary>
public sealed record AttestationReport
{
    /// <summary>The value of the member `object`, by which a file is recognised.</summary>
    public const string ObjectName = "attestation.report";

    /// <summary>The largest report that is read, in bytes.</summary>
    public const int MaxSize = 32 * 1024 * 1024;

    /// <summary>How the data that the quotes cover is made, in words.</summary>
    public const string Formula =
        "report data = SHA-512(label | key, 32 bytes | nonce, 32 bytes | number of GPUs, 1 byte | names of the GPUs in ascending order, 32 bytes each); "
        + "a GPU's name is SHA-256 of the SubjectPublicKeyInfo of its device certificate";

    private const int Version = 1;
    private const string TimeForm = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    /// <summary>The model that was asked for.</summary>
    public required string Model { get; init; }

    /// <summary>What the evidence was made for.</summary>
    public required Bits256 Nonce { get; init; }

    /// <summary>Whether the caller chose the nonce. Only such a caller knows that the evidence is not an old one.</summary>
    public required bool IsNonceOfCaller { get; init; }

    /// <summary>When the report was made, to the second.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The version of the network's registry that the images were looked up in.</summary>
    public required uint RegistryVersion { get; init; }

    /// <summary>The proxy that the client speaks with.</summary>
    public required ReportedEvidence Proxy { get; init; }

    /// <summary>The worker behind it.</summary>
    public required ReportedEvidence Worker { get; init; }

    /// <summary>Reads a report. Nothing in it has been verified.</summary>
    /// <exception cref="AttestationException">It is malformed, too large, or lacks something.</exception>
    public static AttestationReport Parse(ReadOnlyMemory<byte> json)
    {
        if (json.Length > MaxSize)
            throw new AttestationException($"attestation report check: found {json.Length} bytes, wanted at most {MaxSize}.");
        return SignedJson.Read("attestation report", json, root =>
        {
            if (root.Text("object") != ObjectName || root.Number("version", int.MaxValue) != Version)
                throw new FormatException($"it is '{root.Text("object")}' of version {root.Number("version", int.MaxValue)}, wanted '{ObjectName}' of version {Version}.");
            return new AttestationReport
            {
                Model = root.Text("model"),
                Nonce = new Bits256(root.Hex("nonce", Bits256.Size)),
                IsNonceOfCaller = root.Text("nonce_chosen_by") == "caller",
                Time = root.Time("time"),
                RegistryVersion = root.Number("registry_version"),
                Proxy = ReportedEvidence.Read(root.Object("proxy"), "proxy"),
                Worker = ReportedEvidence.Read(root.Object("worker"), "worker"),
            };
        });
    }

    /// <summary>Writes it as JSON, UTF-8.</summary>
    public byte[] ToJson()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteString("object", ObjectName);
            writer.WriteNumber("version", Version);
            writer.WriteString("model", Model);
            writer.WriteString("nonce", Nonce.ToString());
            writer.WriteString("nonce_chosen_by", IsNonceOfCaller ? "caller" : "gateway");
            writer.WriteString("time", Time.UtcDateTime.ToString(TimeForm, CultureInfo.InvariantCulture));
            writer.WriteNumber("registry_version", RegistryVersion);
            writer.WriteString("report_data_formula", Formula);
            writer.WriteString("report_data_label", EvidenceBinding.NonceLabel);
            writer.WritePropertyName("proxy");
            Proxy.Write(writer, Nonce);
            writer.WritePropertyName("worker");
            Worker.Write(writer, Nonce);
            writer.WriteEndObject();
        }
        return stream.ToArray();
    }
}
