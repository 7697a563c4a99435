using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Messages;
using Cocoon.Cryptography;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Messages;

namespace Cocoon.Cli.Story;

/// <summary>What the chain itself says a story came to: every figure is read from the contracts' accounts and transactions.</summary>
internal sealed record DemoBooks
{
    private const int PageSize = 64;

    public required AdjustedTokens ClientTokens { get; init; }

    public required AdjustedTokens WorkerTokens { get; init; }

    public required Coins ClientToppedUp { get; init; }

    public required Coins ClientCharged { get; init; }

    public required Coins WorkersPaid { get; init; }

    public required Coins ProxyEarned { get; init; }

    public required Coins ClientRefunded { get; init; }

    public required Coins Gas { get; init; }

    public required int Transactions { get; init; }

    public required bool ClientClosed { get; init; }

    /// <summary>The hash of the code that stands on chain at each of the accounts.</summary>
    public required IReadOnlyDictionary<TonAddress, Bits256> CodeHashes { get; init; }

    /// <summary>Reads the accounts of a registry, a proxy, its client and its workers.</summary>
    public static async Task<DemoBooks?> ReadAsync(
        ITonChain chain, TonAddress registry, TonAddress proxyContract, TonAddress clientContract, IReadOnlyList<TonAddress> workerContracts,
        CancellationToken cancellationToken)
    {
        if (await DataAsync(chain, proxyContract, cancellationToken).ConfigureAwait(false) is not { } proxyData
            || await DataAsync(chain, clientContract, cancellationToken).ConfigureAwait(false) is not { } clientData)
            return null;
        var proxy = ProxyContractState.Decode(proxyData);
        var client = ClientContractState.Decode(clientData);
        var workers = new List<WorkerContractState>();
        foreach (var contract in workerContracts)
        {
            if (await DataAsync(chain, contract, cancellationToken).ConfigureAwait(false) is { } data)
                workers.Add(WorkerContractState.Decode(data));
        }

        var proxyTransactions = await TransactionsAsync(chain, proxyContract, cancellationToken).ConfigureAwait(false);
        var all = new List<TonTransaction>(proxyTransactions);
        foreach (var account in workerContracts.Append(clientContract))
            all.AddRange(await TransactionsAsync(chain, account, cancellationToken).ConfigureAwait(false));

        var codes = new Dictionary<TonAddress, Bits256>();
        foreach (var address in (TonAddress[])[registry, proxyContract, clientContract, .. workerContracts])
            codes[address] = (await chain.GetAccountAsync(address, cancellationToken).ConfigureAwait(false)).Code?.Hash ?? default;

        var toppedUp = Sum(proxyTransactions
            .Where(transaction => transaction is { Aborted: false, InMessage: InternalMessage { Bounced: false } message } && message.Source == clientContract)
            .Select(transaction => Parse(((InternalMessage)transaction.InMessage!).Body) is ClientRequest { Payload: ClientToppedUp payload } ? payload.Amount : default));
        var payouts = proxyTransactions.SelectMany(transaction => transaction.OutMessages).OfType<InternalMessage>().Where(message => Parse(message.Body) is Payout).ToList();
        var workerOwners = workers.Select(worker => worker.Owner).ToHashSet();
        return new DemoBooks
        {
            ClientTokens = client.TokensUsed,
            WorkerTokens = workers.Aggregate(AdjustedTokens.Zero, (sum, worker) => sum + worker.TokensPaid),
            ClientToppedUp = toppedUp,
            ClientCharged = client.Parameters.Price.Cost(client.TokensUsed),
            WorkersPaid = Sum(payouts.Where(message => workerOwners.Contains(message.Destination)).Select(message => message.Value)),
            ProxyEarned = proxy.Balance + Sum(payouts.Where(message => message.Destination == proxy.Owner).Select(message => message.Value)),
            ClientRefunded = Sum(payouts.Where(message => message.Destination == client.Owner).Select(message => message.Value)),
            Gas = Sum(all.Select(transaction => transaction.TotalFees)),
            Transactions = all.Count,
            ClientClosed = client.Phase == ContractPhase.Closed,
            CodeHashes = codes,
        };
    }

    /// <summary>What does not add up, in words; empty when everything does.</summary>
    public IEnumerable<string> Problems()
    {
        if (ClientTokens.Value <= 0)
            yield return "no tokens were charged";
        if (ClientTokens != WorkerTokens)
            yield return $"the client was charged {ClientTokens} tokens, the workers were paid {WorkerTokens}";
        if (ClientCharged != WorkersPaid + ProxyEarned)
            yield return $"the client was charged {ClientCharged}, workers and proxy got {WorkersPaid} and {ProxyEarned}";
        if (ClientToppedUp != ClientCharged + ClientRefunded)
            yield return $"the client paid in {ClientToppedUp}, was charged {ClientCharged} and got back {ClientRefunded}";
        if (!ClientClosed)
            yield return "the client's contract is not closed";
    }

    private static async Task<Cell?> DataAsync(ITonChain chain, TonAddress address, CancellationToken cancellationToken) =>
        (await chain.GetAccountAsync(address, cancellationToken).ConfigureAwait(false)).Data;

    private static async Task<List<TonTransaction>> TransactionsAsync(ITonChain chain, TonAddress address, CancellationToken cancellationToken)
    {
        var found = new List<TonTransaction>();
        var from = (await chain.GetAccountAsync(address, cancellationToken).ConfigureAwait(false)).LastTransaction;
        while (from is not null)
        {
            var page = await chain.GetTransactionsAsync(address, PageSize, from, cancellationToken).ConfigureAwait(false);
            found.AddRange(page);
            from = page.Count == 0 || page[^1].PreviousLt == 0 ? null : new TransactionId(page[^1].PreviousLt, page[^1].PreviousHash);
        }
        return found;
    }

    private static ContractMessage? Parse(Cell body)
    {
        try
        {
            return ContractMessage.Parse(body);
        }
        catch (CellFormatException)
        {
            return null;
        }
    }

    private static Coins Sum(IEnumerable<Coins> amounts) => amounts.Aggregate(Coins.Zero, (sum, amount) => sum + amount);
}
