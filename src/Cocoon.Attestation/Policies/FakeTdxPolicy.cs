using System.Security.Cryptography;
using Cocoon.Attestation.PeerInfo;
using Cocoon.Attestation.Verification;

namespace Cocoon.Attestation.Policies;

/// <summary>`fake_tdx`: demands the network's stand-in for a TDX quote, the 64 bytes of report data. For tests only.</summary>
/// <param name="allowedImages">The image hashes accepted; empty accepts every image.</param>
public sealed class FakeTdxPolicy(ImageAllowList allowedImages) : IEvidencePolicy
{
    /// <inheritdoc/>
    public string Name => "fake_tdx";

    /// <inheritdoc/>
    public ValueTask<PolicyVerdict> EvaluateAsync(ReadOnlyMemory<byte> quote, EvidenceBinding binding, CancellationToken cancellationToken) =>
        new(Evaluate(quote.Span, binding));

    /// <inheritdoc/>
    public PolicyVerdict Evaluate(AttestedPeerInfo peer)
    {
        if (peer.Kind != EvidenceKind.FakeTdx)
            return PolicyVerdict.Refuse($"kind check: the router tells of a peer with evidence {peer.Kind}, wanted {EvidenceKind.FakeTdx}.");
        // The stand-in has nothing to measure: any other image is a claim that nothing stands behind.
        return peer.ImageHash == TeeMeasurements.ZeroTdx.ImageHash
            ? Judge(peer.ReportData.Span, EvidenceBinding.ToKey(peer.PublicKey), "the SHA-512 of the key in the router's frame")
            : PolicyVerdict.Refuse($"measurement check: the router tells of image {peer.ImageHash}, wanted the stand-in's {TeeMeasurements.ZeroTdx.ImageHash}.");
    }

    private PolicyVerdict Evaluate(ReadOnlySpan<byte> quote, EvidenceBinding binding)
    {
        if (quote.IsEmpty)
            return PolicyVerdict.Refuse("quote check: the certificate carries no quote, wanted a fake_tdx quote; start the peer with such a source.");
        if (quote.Length != TeeMeasurements.ReportDataSize)
            return PolicyVerdict.Refuse($"quote check: found {quote.Length} bytes, wanted a fake_tdx quote of {TeeMeasurements.ReportDataSize}.");

        return Judge(quote, binding, binding.IsLasting ? "the SHA-512 of the certificate's key" : "what a quote made now covers");
    }

    private PolicyVerdict Judge(ReadOnlySpan<byte> reportData, EvidenceBinding binding, string name)
    {
        var wanted = binding.ReportData.Span;
        if (!CryptographicOperations.FixedTimeEquals(reportData, wanted))
        {
            return PolicyVerdict.Refuse(
                $"key binding check: the report data is {Convert.ToHexStringLower(reportData)}, wanted {name}, {Convert.ToHexStringLower(wanted)}.");
        }

        var measurements = TeeMeasurements.ZeroTdx;
        return allowedImages.FindRefusal(measurements.ImageHash) is { } refusal
            ? PolicyVerdict.Refuse(refusal)
            : PolicyVerdict.Accept(new PeerEvidence(EvidenceKind.FakeTdx, measurements.ImageHash, binding.Key, reportData.ToArray()) { Measurements = measurements }) with
            {
                Basis = new VerdictBasis([new EvidenceCheck("key binding", true, Convert.ToHexStringLower(reportData), Convert.ToHexStringLower(wanted))]),
            };
    }
}
