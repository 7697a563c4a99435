using System.Collections.Immutable;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Nvidia;

/// <summary>
/// Judges the GPUs of a machine by a policy's rules. Without rules evidence need not be shown; what is shown has to be a genuine GPU's for the occasion,
/// whatever its driver and firmware. Used by several connections at once.
/// </summary>
/// <param name="rules">The rules; null for none.</param>
/// <param name="manifests">Where manifests are looked for first; null for nowhere.</param>
/// <param name="published">What NVIDIA publishes: its revocation lists are obeyed, and its manifests are taken where the others lack one. Null for nothing.</param>
/// <param name="time">The time at which certificates and lists have to be valid.</param>
public sealed class GpuJudge(GpuRules? rules, IRimSource? manifests, GpuEndorsementStore? published, TimeProvider time)
{
    private readonly GpuRequirements _requirements = rules?.Requirements ?? new GpuRequirements { AllowUnknownFirmware = true };

    /// <summary>Judges GPUs. That a machine vouches for them, its quote has to show besides, which covers their names (<see cref="GpuBinding.DevicesOf"/>).</summary>
    /// <param name="gpus">The evidence of each; hostile until proven otherwise.</param>
    /// <param name="nonce">What they had to be asked with.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AttestationException">They are refused; the message is a check's sentence.</exception>
    public async ValueTask<ImmutableArray<AttestedGpu>> JudgeAsync(ImmutableArray<GpuEvidence> gpus, Bits256 nonce, CancellationToken cancellationToken)
    {
        if (rules is not null && (gpus.Length > 0 || rules.Required) && gpus.Length < rules.MinimumCount)
        {
            throw new AttestationException(
                $"GPU count check: found {gpus.Length} GPUs, wanted at least {rules.MinimumCount}; start the peer with GpuEvidence 'nvattest' on a machine with so many GPUs in confidential mode.");
        }
        var bytes = nonce.ToArray();
        var found = new Dictionary<string, RimFile?>();
        var judged = ImmutableArray.CreateBuilder<AttestedGpu>(gpus.Length);
        for (var index = 0; index < gpus.Length; index++)
        {
            try
            {
                judged.Add(await JudgeAsync(gpus[index], bytes, found, cancellationToken).ConfigureAwait(false));
            }
            catch (AttestationException exception)
            {
                throw new AttestationException($"GPU {index} {exception.Message}", exception) { ToldToPeers = exception.ToldToPeers is { } told ? $"GPU {index} {told}" : null };
            }
        }
        return judged.MoveToImmutable();
    }

    private async ValueTask<AttestedGpu> JudgeAsync(
        GpuEvidence evidence, byte[] nonce, Dictionary<string, RimFile?> found, CancellationToken cancellationToken)
    {
        var report = Read("report format", () => GpuReport.Parse(evidence.Report));
        var device = Read("certificate", () => GpuDevice.Of(evidence));
        var driver = await FindAsync("driver manifest", report.DriverManifestName).ConfigureAwait(false);
        var vbios = await FindAsync("VBIOS manifest", report.VbiosManifestName).ConfigureAwait(false);
        var endorsed = published is null ? null : await published.FindAsync(evidence, cancellationToken).ConfigureAwait(false);
        var requirements = endorsed is null ? _requirements : _requirements with { RevocationLists = [.. _requirements.RevocationLists, .. endorsed.RevocationLists] };
        driver ??= endorsed?.Driver;
        vbios ??= endorsed?.Vbios;
        var verdict = new GpuVerifier(requirements).Verify(evidence, nonce, driver, vbios, time.GetUtcNow());
        if (verdict.IsValid) return new AttestedGpu(device.Name, device.Model, report.DriverVersion, report.VbiosVersion);
        throw driver is null || vbios is null
            ? new AttestationException(string.Join(' ', new[] { verdict.FirstFailure, endorsed?.Failure }.OfType<string>().Distinct())) { ToldToPeers = verdict.FirstFailure }
            : new AttestationException(verdict.FirstFailure!);

        // The GPUs of a machine are mostly of one kind.
        async ValueTask<RimFile?> FindAsync(string check, string name)
        {
            if (manifests is null) return null;
            if (found.TryGetValue(name, out var manifest)) return manifest;
            try
            {
                return found[name] = await manifests.FindAsync(name, cancellationToken).ConfigureAwait(false);
            }
            catch (AttestationException exception)
            {
                throw Unreadable(check, exception);
            }
        }
    }

    private static T Read<T>(string check, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (AttestationException exception)
        {
            throw Unreadable(check, exception);
        }
    }

    private static AttestationException Unreadable(string check, AttestationException exception) =>
        new($"{check} check: found one that cannot be read: {exception.Message}", exception);
}
