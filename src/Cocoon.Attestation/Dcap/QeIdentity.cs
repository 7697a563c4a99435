using System.Collections.Immutable;
using Cocoon.Attestation.Quotes;

namespace Cocoon.Attestation.Dcap;

/// <summary>How Intel's quoting enclave is known (PCS API, enclave identity of version 2).</summary>
internal sealed record QeIdentity
{
    /// <summary>The largest identity in bytes; Intel's have some thousand.</summary>
    public const int MaxSize = 256 * 1024;

    /// <summary>Whose quotes it makes.</summary>
    public required TeeMeasurementKind Tee { get; init; }

    public required DateTimeOffset IssueDate { get; init; }

    public required DateTimeOffset NextUpdate { get; init; }

    public required int EvaluationNumber { get; init; }

    public required byte[] MiscSelect { get; init; }

    public required byte[] MiscSelectMask { get; init; }

    public required byte[] Attributes { get; init; }

    public required byte[] AttributesMask { get; init; }

    public required byte[] MrSigner { get; init; }

    public required int IsvProdId { get; init; }

    /// <summary>The status of its versions, highest first.</summary>
    public required ImmutableArray<ComponentLevel> Levels { get; init; }

    /// <summary>Reads an identity.</summary>
    /// <exception cref="AttestationException">It is malformed, of another version or of another enclave.</exception>
    public static QeIdentity Parse(ReadOnlyMemory<byte> json) => json.Length <= MaxSize
        ? SignedJson.Read("QE identity", json, Read)
        : throw new AttestationException($"QE identity check: found {json.Length} bytes, wanted at most {MaxSize}.");

    /// <summary>Compares an enclave's report with the identity.</summary>
    /// <returns>Null when it is this enclave; otherwise what was found and what was wanted.</returns>
    public (string Found, string Wanted)? FindMismatch(EnclaveReport report)
    {
        if (!report.MrSigner.SequenceEqual(MrSigner))
            return ($"MRSIGNER {Convert.ToHexStringLower(report.MrSigner)}", Convert.ToHexStringLower(MrSigner));
        if (report.IsvProdId != IsvProdId) return ($"ISVPRODID {report.IsvProdId}", $"{IsvProdId}");
        if (!Masked.Matches(report.MiscSelect, MiscSelectMask, MiscSelect))
        {
            return ($"MISCSELECT {Convert.ToHexStringLower(report.MiscSelect)}",
                $"{Convert.ToHexStringLower(MiscSelect)} under the mask {Convert.ToHexStringLower(MiscSelectMask)}");
        }
        if (!Masked.Matches(report.Attributes, AttributesMask, Attributes))
        {
            return ($"ATTRIBUTES {Convert.ToHexStringLower(report.Attributes)}",
                $"{Convert.ToHexStringLower(Attributes)} under the mask {Convert.ToHexStringLower(AttributesMask)}");
        }
        return null;
    }

    private static QeIdentity Read(SignedJson json)
    {
        var version = json.Number("version", int.MaxValue);
        if (version != 2) throw new FormatException($"found version {version}, wanted 2.");
        return new QeIdentity
        {
            Tee = json.Text("id") switch
            {
                "QE" => TeeMeasurementKind.Sgx,
                "TD_QE" => TeeMeasurementKind.Tdx,
                var other => throw new FormatException($"found the identity of '{other}', wanted QE or TD_QE."),
            },
            IssueDate = json.Time("issueDate"),
            NextUpdate = json.Time("nextUpdate"),
            EvaluationNumber = json.Number("tcbEvaluationDataNumber", int.MaxValue),
            MiscSelect = json.Hex("miscselect", 4),
            MiscSelectMask = json.Hex("miscselectMask", 4),
            Attributes = json.Hex("attributes", 16),
            AttributesMask = json.Hex("attributesMask", 16),
            MrSigner = json.Hex("mrsigner", 32),
            IsvProdId = json.Number("isvprodid", ushort.MaxValue),
            Levels = ComponentLevel.ReadEnclaveLevels(json),
        };
    }
}
