namespace Cocoon.Attestation.Policies;

/// <summary>How much stands behind a peer that a policy accepts, from nothing upwards.</summary>
public enum EvidenceTier
{
    /// <summary>A key and nothing more.</summary>
    None,

    /// <summary>Evidence in form only: anybody can make it, or the guest's host can read its memory.</summary>
    Test,

    /// <summary>A confidential machine, up to its CPU vendor's root.</summary>
    ConfidentialCpu,

    /// <summary>The same, with GPUs up to their vendor's root whose firmware is known.</summary>
    ConfidentialCpuAndGpu,
}
