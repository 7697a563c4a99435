using System.Security.Cryptography;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Policies;

/// <summary>`fake_tdx`: demands the network's stand-in for a TDX quote, the 64 bytes of report data. For tests only.</summary>
/// <param name="allowedImages">The image hashes accepted; empty accepts every image.</param>
public sealed class FakeTdxPolicy(ImageAllowList allowedImages) : IEvidencePolicy
{
    /// <inheritdoc/>
    public string Name => "fake_tdx";

    /// <inheritdoc/>
    public PolicyVerdict Evaluate(ReadOnlySpan<byte> quote, Ed25519PublicKey certificateKey)
    {
        if (quote.IsEmpty)
            return PolicyVerdict.Refuse("quote check: the certificate carries no quote, wanted a fake_tdx quote; start the peer with such a source.");
        if (quote.Length != TeeMeasurements.ReportDataSize)
            return PolicyVerdict.Refuse($"quote check: found {quote.Length} bytes, wanted a fake_tdx quote of {TeeMeasurements.ReportDataSize}.");

        var wanted = TeeMeasurements.ReportDataOf(certificateKey);
        if (!CryptographicOperations.FixedTimeEquals(quote, wanted))
        {
            return PolicyVerdict.Refuse(
                $"key binding check: the report data is {Convert.ToHexStringLower(quote)}, wanted the SHA-512 of the certificate's key, "
                + $"{Convert.ToHexStringLower(wanted)}.");
        }

        var measurements = TeeMeasurements.ZeroTdx;
        return allowedImages.FindRefusal(measurements.ImageHash) is { } refusal
            ? PolicyVerdict.Refuse(refusal)
            : PolicyVerdict.Accept(
                new PeerEvidence(EvidenceKind.FakeTdx, measurements.ImageHash, certificateKey, quote.ToArray()) { Measurements = measurements });
    }
}
