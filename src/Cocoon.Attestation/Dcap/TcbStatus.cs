namespace Cocoon.Attestation.Dcap;

/// <summary>How up to date a platform is, in Intel's words (PCS API, TCB info; DCAP quote verification library, TD relaunch).</summary>
public enum TcbStatus
{
    /// <summary>Nothing is known to be wrong with it.</summary>
    UpToDate,

    /// <summary>The software in the environment has to defend itself against a known weakness.</summary>
    SwHardeningNeeded,

    /// <summary>A setting of the platform leaves it open to a known weakness.</summary>
    ConfigurationNeeded,

    /// <summary>Both of these.</summary>
    ConfigurationAndSwHardeningNeeded,

    /// <summary>The platform lacks an update.</summary>
    OutOfDate,

    /// <summary>The platform lacks an update, and a setting leaves it open.</summary>
    OutOfDateConfigurationNeeded,

    /// <summary>The platform was updated while the guest ran; the guest was started before.</summary>
    TdRelaunchAdvised,

    /// <summary>The same, and a setting leaves the platform open.</summary>
    TdRelaunchAdvisedConfigurationNeeded,

    /// <summary>The platform's keys are known to be compromised.</summary>
    Revoked,
}
