namespace Cocoon.Contracts.Vouchers;

/// <summary>What a voucher allows its holder to do. Each value is the operation code that stands in the cells.</summary>
public enum VoucherKind : uint
{
    /// <summary>Pay a worker up to a counter higher than the one recorded.</summary>
    WorkerPayout = 0xa040ad28,

    /// <summary>Pay a worker up to a counter not lower than the one recorded, and close its contract.</summary>
    WorkerLastPayout = 0xf5f26a36,

    /// <summary>Charge a client up to a counter higher than the one recorded.</summary>
    ClientCharge = 0xbb63ff93,

    /// <summary>Charge a client up to a counter not lower than the one recorded, pay back the rest and close its contract.</summary>
    ClientRefund = 0xefd711e1,

    /// <summary>Start the closing of a proxy contract.</summary>
    ProxyClose = 0x636a4391,

    /// <summary>Close a proxy contract after its delay.</summary>
    ProxyCloseComplete = 0xe511abc7,
}
