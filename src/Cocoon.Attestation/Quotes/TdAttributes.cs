namespace Cocoon.Attestation.Quotes;

/// <summary>The attributes of a TDX guest (Intel TDX module ABI specification, ATTRIBUTES). Bits without a name here may be set too.</summary>
[Flags]
public enum TdAttributes : ulong
{
    /// <summary>No bit is set.</summary>
    None = 0,

    /// <summary>The host may debug the guest: it reads all its memory.</summary>
    Debug = 1,

    /// <summary>All bits that say that the host can look into the guest. Intel calls a guest with any of them untrusted.</summary>
    UnderDebug = 0xff,

    /// <summary>Pages that the host takes away do not raise #VE in the guest.</summary>
    SeptVeDisable = 1UL << 28,

    /// <summary>The guest may be moved to another machine, whose state this quote says nothing of.</summary>
    Migratable = 1UL << 29,

    /// <summary>The guest may use supervisor protection keys.</summary>
    SupervisorProtectionKeys = 1UL << 30,

    /// <summary>The guest may use Key Locker.</summary>
    KeyLocker = 1UL << 31,

    /// <summary>The guest may use performance monitoring.</summary>
    PerformanceMonitoring = 1UL << 63,
}
