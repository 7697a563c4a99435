namespace Cocoon.Attestation.SevSnp;

/// <summary>What the guest's owner allowed its host when the guest was launched (SEV-SNP firmware ABI §4.3).</summary>
/// <param name="Raw">The 64 bits.</param>
public readonly record struct SnpGuestPolicy(ulong Raw)
{
    // Bits above are not given a meaning by the ABI yet.
    private const int KnownBits = 26;

    /// <summary>The guest may run on cores that share their threads with others.</summary>
    public bool AllowsSmt => Has(16);

    /// <summary>The guest may be moved by a migration agent, which can read it.</summary>
    public bool AllowsMigration => Has(18);

    /// <summary>The host may read and write the guest's memory.</summary>
    public bool AllowsDebug => Has(19);

    /// <summary>The guest runs on one socket only.</summary>
    public bool RequiresSingleSocket => Has(20);

    /// <summary>Memory and devices may be attached over CXL.</summary>
    public bool AllowsCxl => Has(21);

    /// <summary>Whether every bit has a meaning known here and the one that has to be set is.</summary>
    public bool IsKnown => Has(17) && Raw >> KnownBits == 0;

    /// <inheritdoc/>
    public override string ToString() => $"0x{Raw:x}";

    private bool Has(int bit) => (Raw >> bit & 1) != 0;
}
