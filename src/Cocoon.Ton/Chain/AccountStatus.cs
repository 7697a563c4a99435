namespace Cocoon.Ton.Chain;

/// <summary>What an account is.</summary>
public enum AccountStatus
{
    /// <summary>It has no code: nothing was deployed there, or nothing is there at all.</summary>
    Uninitialized,

    /// <summary>It has code and data.</summary>
    Active,

    /// <summary>It owes storage fees; only the hash of its state is kept.</summary>
    Frozen,
}
