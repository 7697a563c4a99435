using Cocoon.Attestation.Nvidia;

namespace Cocoon.Attestation;

/// <summary>How attested connections are made.</summary>
public sealed class AttestedTlsOptions
{
    /// <summary>
    /// How long this side's certificates are valid, 10 minutes to 30 days. Default 1 day. A new key, quote and certificate are made with the first connection
    /// after half of it, which still gets the old ones.
    /// </summary>
    public TimeSpan CertificateLifetime { get; init; } = TimeSpan.FromDays(1);

    /// <summary>
    /// How far this side's clock and a peer's may differ, zero to a quarter of <see cref="CertificateLifetime"/>. Default 2 minutes.
    /// </summary>
    public TimeSpan ClockTolerance { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a handshake may take, more than zero. Default 10 seconds.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long judging a peer's evidence may take once the handshake is done, more than zero. Default 10 seconds.</summary>
    public TimeSpan EvidenceTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Makes what a peer whose evidence is refused is sent before the connection ends, of the reason in words. It proved to hold its key by then and
    /// nothing else. Null, the default, for nothing.
    /// </summary>
    public Func<string, ReadOnlyMemory<byte>>? Farewell { get; init; }

    /// <summary>Asks the GPUs that work with this machine for each occasion; null, the default, where there are none to show.</summary>
    public IGpuEvidenceSource? Gpus { get; init; }

    /// <summary>What NVIDIA publishes about peers' GPUs, besides the manifests that the policy's rules name; null, the default, for nothing.</summary>
    public GpuEndorsementStore? GpuEndorsements { get; init; }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(CertificateLifetime, TimeSpan.FromMinutes(10));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(CertificateLifetime, TimeSpan.FromDays(30));
        ArgumentOutOfRangeException.ThrowIfLessThan(ClockTolerance, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ClockTolerance, CertificateLifetime / 4);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(HandshakeTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(EvidenceTimeout, TimeSpan.Zero);
    }
}
