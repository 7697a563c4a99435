using System.Collections.Concurrent;
using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Economics;
using Cocoon.Node.FixedNetwork;
using Cocoon.Ton;
using Cocoon.Ton.Chain;

namespace Cocoon.Proxy.Settlement;

/// <summary>What the chain says of each client's channel, as it was last read. Messages of a channel are only a reason to read again: its account is the truth.</summary>
public sealed class ClientChannels(ProxyIdentity identity, ITonChain chain)
{
    private readonly ConcurrentDictionary<TonAddress, Known> _states = new();

    /// <summary>Whether a channel can do anything: without a chain each is only presumed to exist.</summary>
    public bool AreOnChain => chain is not FixedChain;

    /// <summary>The state as last read, null when the contract is not known to exist.</summary>
    public ClientContractState? Find(TonAddress client) => _states.GetValueOrDefault(client)?.State;

    /// <summary>The clients whose channels are waiting for their refund.</summary>
    public IEnumerable<TonAddress> Closing => _states.Where(pair => pair.Value.State.Phase == ContractPhase.Closing).Select(pair => pair.Key);

    /// <summary>All the client may ever use as its channel stands: what it paid for, at most its stake beyond what was charged.</summary>
    public AdjustedTokens Credit(TonAddress client)
    {
        if (Find(client) is not { Phase: ContractPhase.Normal } state)
            return AdjustedTokens.Zero;
        return ClientCredit.From(state.Balance, state.Stake, state.TokensUsed, identity.Parameters.Price)
            .Available(AdjustedTokens.Zero, AdjustedTokens.Zero);
    }

    /// <summary>Reads a client's contract from the chain.</summary>
    public async Task<ClientContractState?> RefreshAsync(TonAddress client, CancellationToken cancellationToken)
    {
        var contract = identity.Client(client);
        (chain as FixedChain)?.PresumeClient(contract);
        var account = await chain.GetAccountAsync(contract.Address, cancellationToken).ConfigureAwait(false);
        if (account.Data is not { } data)
            return null;
        var read = new Known(account.LastTransaction?.Lt ?? 0, ClientContractState.Decode(data));
        // A server that lags behind the one asked before must not bring back money that was spent since.
        return _states.AddOrUpdate(client, read, (_, known) => known.Lt > read.Lt ? known : read).State;
    }

    private sealed record Known(ulong Lt, ClientContractState State);
}
