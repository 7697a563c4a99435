namespace Cocoon.Contracts.Vouchers;

/// <summary>The checks of a voucher, in the order they are made.</summary>
public enum VoucherCheck
{
    /// <summary>No check failed.</summary>
    None,

    /// <summary>The bytes are one bag of cells with exactly the cells and fields of a voucher.</summary>
    Format,

    /// <summary>The operation and query id of the signed cell are those of the outer one.</summary>
    Header,

    /// <summary>The voucher is of the kind that was expected.</summary>
    Kind,

    /// <summary>The voucher is meant for the contract that was expected.</summary>
    Contract,

    /// <summary>The signature was made with the proxy's key.</summary>
    Signature,
}
