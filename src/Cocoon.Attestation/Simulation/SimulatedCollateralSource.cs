using Cocoon.Attestation.Dcap;

namespace Cocoon.Attestation.Simulation;

/// <summary>The collateral of <see cref="PublicSimulation"/>, of the day.</summary>
/// <param name="time">Tells the day.</param>
public sealed class SimulatedCollateralSource(TimeProvider time) : ICollateralSource
{
    /// <inheritdoc/>
    public Task<DcapCollateral> GetAsync(DcapPlatform platform, CancellationToken cancellationToken) =>
        Task.FromResult(PublicSimulation.CollateralAt(time.GetUtcNow()));
}
