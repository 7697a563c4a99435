using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>What a worker contract asks its proxy contract to pay.</summary>
/// <param name="WorkerPart">What the worker's owner gets, nanoTON.</param>
/// <param name="ProxyPart">What the proxy's owner may take out, nanoTON.</param>
/// <param name="Excess">Who gets what is left of the message value; null when the submitter named no plain address.</param>
public sealed record WorkerPayment(Coins WorkerPart, Coins ProxyPart, TonAddress? Excess)
{
    /// <summary>The operation code.</summary>
    public const uint OpCode = 0x08e7d036;

    /// <summary>Reads a payload, to the last bit and reference.</summary>
    /// <exception cref="CellFormatException">The cell is anything else.</exception>
    public static WorkerPayment Decode(Cell payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        var slice = payload.Open();
        var op = slice.LoadUInt(32);
        if (op != OpCode)
            throw new CellFormatException($"The payload of a worker's request is {op:x8}, wanted {OpCode:x8}.");
        var payment = new WorkerPayment(slice.LoadCoins(), slice.LoadCoins(), slice.LoadReceiver());
        slice.EnsureEnd();
        return payment;
    }

    /// <summary>The payload.</summary>
    public Cell ToCell() =>
        new CellBuilder().StoreUInt(OpCode, 32).StoreCoins(WorkerPart).StoreCoins(ProxyPart).StoreAddress(Excess).Build();
}
