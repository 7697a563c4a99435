using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.Nvidia;
using Cocoon.Attestation.SevSnp;
using Cocoon.Attestation.Simulation;

namespace Cocoon.Attestation.Policies;

/// <summary>What the policies of a process share: the clock, and what vendors publish, fetched and verified.</summary>
public sealed class PolicyServices
{
    /// <summary>Nothing is fetched yet.</summary>
    /// <param name="time">The clock that evidence is held against.</param>
    /// <param name="collateral">Where Intel's collateral comes from; null for nowhere, and then no TDX quote can be judged.</param>
    /// <param name="cacheFolder">Keeps Intel's collateral from run to run; null for not at all.</param>
    /// <param name="amd">What AMD publishes; null for its roots alone.</param>
    /// <param name="nvidia">What NVIDIA publishes; null for its roots alone.</param>
    public PolicyServices(TimeProvider time, ICollateralSource? collateral = null, string? cacheFolder = null, SnpEndorsementStore? amd = null, GpuEndorsementStore? nvidia = null)
    {
        ArgumentNullException.ThrowIfNull(time);
        Time = time;
        IntelCollateral = new CollateralStore(collateral ?? new NoCollateralSource(), IntelRoots.Sgx, time, cacheFolder);
        AmdEndorsements = amd ?? new SnpEndorsementStore(time);
        GpuEndorsements = nvidia ?? new GpuEndorsementStore(time);
        SimulatedCollateral = new CollateralStore(new SimulatedCollateralSource(time), PublicSimulation.Anchor, time);
    }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>The collateral that Intel vouches for.</summary>
    public CollateralStore IntelCollateral { get; }

    /// <summary>What AMD vouches for.</summary>
    public SnpEndorsementStore AmdEndorsements { get; }

    /// <summary>What NVIDIA vouches for.</summary>
    public GpuEndorsementStore GpuEndorsements { get; }

    /// <summary>The collateral of the simulated platform.</summary>
    public CollateralStore SimulatedCollateral { get; }
}
