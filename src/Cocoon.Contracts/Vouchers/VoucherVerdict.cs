namespace Cocoon.Contracts.Vouchers;

/// <summary>What came of checking a voucher.</summary>
/// <param name="Failed">The first check that failed.</param>
/// <param name="Reason">What was found and what was wanted; null when nothing failed.</param>
public readonly record struct VoucherVerdict(VoucherCheck Failed, string? Reason)
{
    /// <summary>Whether every check passed.</summary>
    public bool IsValid => Failed == VoucherCheck.None;
}
