using System.Text.Json.Nodes;
using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Economics;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;

namespace Cocoon.Cli.Network;

/// <summary>What the chain says of one channel of a proxy.</summary>
/// <param name="Side"><c>client</c> or <c>worker</c>.</param>
/// <param name="Contract">The channel's contract, raw address.</param>
/// <param name="TokensOnChain">Adjusted tokens charged or paid so far.</param>
/// <param name="NanoTon">What the client has left in the channel, or what the worker was paid through it.</param>
internal sealed record ChannelMoney(string Side, string Contract, long TokensOnChain, string NanoTon)
{
    /// <summary>Reads every channel that a proxy's status names; those that are not deployed yet are left out.</summary>
    public static async Task<IReadOnlyList<ChannelMoney>> ReadAsync(ITonChain chain, JsonNode? proxyStatus, CancellationToken cancellationToken)
    {
        var found = new List<ChannelMoney>();
        foreach (var account in proxyStatus?["accounts"] as JsonArray ?? [])
        {
            var (side, contract) = (account!["side"]!.GetValue<string>(), account["contract"]!.GetValue<string>());
            try
            {
                if ((await chain.GetAccountAsync(TonAddress.Parse(contract), cancellationToken).ConfigureAwait(false)).Data is { } data)
                    found.Add(side == "client" ? OfClient(contract, ClientContractState.Decode(data)) : OfWorker(contract, WorkerContractState.Decode(data)));
            }
            catch (Exception exception) when (exception is TonChainException or HttpRequestException or CellFormatException)
            {
                // The table shows that there is nothing to show; the chain's own state is in the list of processes.
            }
        }
        return found;
    }

    private static ChannelMoney OfClient(string contract, ClientContractState state) =>
        new("client", contract, state.TokensUsed.Value, state.Balance.NanoTon.ToString());

    private static ChannelMoney OfWorker(string contract, WorkerContractState state) =>
        new("worker", contract, state.TokensPaid.Value, state.Parameters.WorkerFee.Cost(state.TokensPaid).NanoTon.ToString());
}
