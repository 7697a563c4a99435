using System.Collections.Frozen;
using Cocoon.Contracts.Vouchers;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>The body of a message to or from one of the contracts. The operation codes of all five differ, so a body tells its own meaning.</summary>
/// <param name="QueryId">The sender's number for the message; 0 for the few that have none.</param>
public abstract record ContractMessage(ulong QueryId)
{
    private static readonly FrozenDictionary<uint, Func<ulong, CellSlice, ContractMessage>> Readers = CreateReaders();

    /// <summary>The operation code, the first 32 bits.</summary>
    public abstract uint Op { get; }

    /// <summary>Reads a body, to the last bit and reference; an unknown operation gives <see cref="UnknownMessage"/>.</summary>
    /// <exception cref="CellFormatException">The body is shorter than an operation code, or does not have the form its operation wants.</exception>
    public static ContractMessage Parse(Cell body)
    {
        ArgumentNullException.ThrowIfNull(body);
        var slice = body.Open();
        if (slice.RemainingBits == 0 && slice.RemainingReferences == 0)
            return new EmptyMessage();
        var op = (uint)slice.LoadUInt(32);
        if (op == TextCommand.OpCode && slice.RemainingBits == 8 && slice.RemainingReferences == 0)
            return new TextCommand((char)slice.LoadUInt(8));
        if (op == IgnoredMessage.OpCode)
            return CommitProxyState.TryLoad(slice) ?? (ContractMessage)new IgnoredMessage(body);
        if (Enum.IsDefined((VoucherKind)op))
            return new SubmitVoucher(Voucher.Load(body));
        if (!Readers.TryGetValue(op, out var reader))
            return new UnknownMessage(op, body);
        var message = reader(slice.LoadUInt(64), slice);
        slice.EnsureEnd();
        return message;
    }

    /// <summary>The body.</summary>
    public virtual Cell ToCell()
    {
        var builder = new CellBuilder().StoreUInt(Op, 32).StoreUInt(QueryId, 64);
        Store(builder);
        return builder.Build();
    }

    private protected virtual void Store(CellBuilder builder)
    {
    }

    private static FrozenDictionary<uint, Func<ulong, CellSlice, ContractMessage>> CreateReaders()
    {
        var readers = new Dictionary<uint, Func<ulong, CellSlice, ContractMessage>>
        {
            [Excesses.OpCode] = Excesses.Load,
            [Payout.OpCode] = Payout.Load,
            [ChangePrices.OpCode] = ChangePrices.Load,
            [ChangeParameters.OpCode] = ChangeParameters.Load,
            [UnregisterProxy.OpCode] = UnregisterProxy.Load,
            [ReplaceContractCodes.OpCode] = ReplaceContractCodes.Load,
            [ReplaceRootCode.OpCode] = ReplaceRootCode.Load,
            [ReplaceRoot.OpCode] = ReplaceRoot.Load,
            [ResetLists.OpCode] = ResetLists.Load,
            [ChangeRootOwner.OpCode] = ChangeRootOwner.Load,
            [IncreaseProxyStake.OpCode] = IncreaseProxyStake.Load,
            [PayOutProxyShare.OpCode] = PayOutProxyShare.Load,
            [StartProxyClose.OpCode] = StartProxyClose.Load,
            [RegisterWorker.OpCode] = RegisterWorker.Load,
            [TopUpClient.OpCode] = TopUpClient.Load,
            [ChangeSecretAndTopUpClient.OpCode] = ChangeSecretAndTopUpClient.Load,
            [RegisterClient.OpCode] = RegisterClient.Load,
            [ChangeClientSecret.OpCode] = ChangeClientSecret.Load,
            [IncreaseClientStake.OpCode] = IncreaseClientStake.Load,
            [WithdrawFromClient.OpCode] = WithdrawFromClient.Load,
            [RequestClientRefund.OpCode] = RequestClientRefund.Load,
            [SendFromWallet.OpCode] = SendFromWallet.Load,
            [RegisterProxy.OpCode] = RegisterProxy.Load,
            [UpdateProxy.OpCode] = UpdateProxy.Load,
            [WorkerRequest.OpCode] = WorkerRequest.Load,
            [ClientRequest.OpCode] = ClientRequest.Load,
        };
        foreach (var change in Enum.GetValues<AllowListChange>())
            readers.Add((uint)change, (queryId, slice) => ChangeAllowList.Load(change, queryId, slice));
        return readers.ToFrozenDictionary();
    }
}
