using System.Collections.Immutable;
using Cocoon.Attestation.Chains;
using Cocoon.Attestation.Verification;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Nvidia;

/// <summary>
/// Binds GPUs to the confidential machine they work for. A CPU's quote in this network covers SHA-512 of the TLS key and nothing else, so
/// the GPUs are bound to that key, from both sides:
/// <list type="number">
/// <item>each GPU signs a nonce that is made of the key and of what the verifier chose (<see cref="NonceFor"/>);</item>
/// <item>the key signs the list of its GPUs for what the verifier chose (<see cref="GpuDeviceList"/>).</item>
/// </list>
/// The quote vouches for the key and for the image that holds it; that image lets the key sign for GPUs of its own driver only.
/// docs/attestation-gpu.md gives the reasons and the limits.
/// </summary>
public static class GpuBinding
{
    private static ReadOnlySpan<byte> Label => "cocoon gpu v1"u8;

    /// <summary>What a CPU's quote has to cover, so that GPUs bound to this key belong to the quoted machine: 64 bytes.</summary>
    public static byte[] ReportDataFor(Ed25519PublicKey tlsKey) => TeeMeasurements.ReportDataOf(tlsKey);

    /// <summary>What the GPUs of a machine have to be asked with: SHA-256 of "cocoon gpu v1", the machine's TLS key and the challenge.</summary>
    /// <param name="tlsKey">The key of the machine's certificate.</param>
    /// <param name="challenge">
    /// Chosen by the verifier, or made by both sides from the connection (<see cref="AttestedConnection.ExportKeyingMaterial"/>).
    /// </param>
    public static Bits256 NonceFor(Ed25519PublicKey tlsKey, Bits256 challenge)
    {
        Span<byte> message = stackalloc byte[Label.Length + (2 * Bits256.Size)];
        Label.CopyTo(message);
        tlsKey.Bits.CopyTo(message[Label.Length..]);
        challenge.CopyTo(message[(Label.Length + Bits256.Size)..]);
        return Bits256.Sha256(message);
    }

    /// <summary>What names a GPU: SHA-256 of the key in its device certificate, a SubjectPublicKeyInfo. It changes with the GPU's firmware.</summary>
    /// <exception cref="AttestationException">The evidence has no certificate, or one that cannot be read.</exception>
    public static Bits256 DeviceOf(GpuEvidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        return evidence.Certificates.IsDefaultOrEmpty
            ? throw new AttestationException("The GPU's evidence has no certificate.")
            : Bits256.Sha256(ChainCertificate.Parse(evidence.Certificates[0]).PublicKeyInfo.Span);
    }

    /// <summary>
    /// Whether these GPUs are those that the holder of a key claims, all of them and no other, each asked for this key and challenge. Each
    /// GPU's own evidence has to be verified besides (<see cref="GpuVerifier"/>), with the nonce of <see cref="NonceFor"/>.
    /// </summary>
    /// <param name="tlsKey">The key that a verified CPU quote vouches for.</param>
    /// <param name="challenge">What the verifier chose.</param>
    /// <param name="list">The machine's list of its GPUs.</param>
    /// <param name="gpus">The evidence of each.</param>
    public static EvidenceReport Verify(Ed25519PublicKey tlsKey, Bits256 challenge, GpuDeviceList list, ImmutableArray<GpuEvidence> gpus)
    {
        ArgumentNullException.ThrowIfNull(list);
        if (gpus.IsDefault) gpus = [];
        var checks = new CheckList();
        var isSigned = list.IsSignedBy(tlsKey, challenge);
        if (checks.Require(
                "GPU list signature", isSigned, isSigned ? "a good one" : "one that does not fit", $"one by {tlsKey} for this challenge",
                "the list is another machine's or an old one; have the machine sign one for this challenge"))
        {
            VerifyDevices(checks, list, gpus);
            Span<byte> nonce = stackalloc byte[Bits256.Size];
            NonceFor(tlsKey, challenge).CopyTo(nonce);
            for (var index = 0; index < gpus.Length; index++) VerifyNonce(checks, $"GPU {index} nonce", gpus[index], nonce);
        }
        return checks.ToReport("nvidia_binding");
    }

    private static void VerifyDevices(CheckList checks, GpuDeviceList list, ImmutableArray<GpuEvidence> gpus)
    {
        try
        {
            Bits256[] found = [.. gpus.Select(DeviceOf).Order()];
            checks.Require(
                "GPU list", found.SequenceEqual(list.Devices), Describe(found), Describe([.. list.Devices]),
                "a GPU is missing, is there twice, or belongs to another machine");
        }
        catch (AttestationException exception)
        {
            checks.RefuseUnreadable("GPU list", exception, Describe([.. list.Devices]));
        }

        static string Describe(Bits256[] devices) => devices.Length == 0 ? "no GPU" : string.Join(", ", devices);
    }

    private static void VerifyNonce(CheckList checks, string name, GpuEvidence gpu, ReadOnlySpan<byte> nonce)
    {
        try
        {
            checks.RequireEqual(name, GpuReport.Parse(gpu.Report).Nonce.Span, nonce, "the GPU was asked for another key or challenge: its evidence is another machine's or an old one");
        }
        catch (AttestationException exception)
        {
            checks.RefuseUnreadable(name, exception, Convert.ToHexStringLower(nonce));
        }
    }
}
