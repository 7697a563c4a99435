using System.Text.Json.Nodes;
using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Messages;
using Cocoon.Contracts.Registry;
using Cocoon.EndToEnd.Harness;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Messages;
using Cocoon.Ton.TonCenter;
using Cocoon.Ton.Wallets;

namespace Cocoon.EndToEnd;

/// <summary>The registry's owner changes the prices: every contract address is another one then, and the former ones still hold money.</summary>
public sealed class ParameterChangeTests(LocalNetworkFixture network) : IClassFixture<LocalNetworkFixture>, IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(180);

    private readonly GatewayCaller _gateway = new(network.Gateway);
    private readonly HttpClient _http = new();

    private TonCenterClient Chain => new(_http, new TonCenterOptions { BaseAddress = network.TonCenter }, TimeProvider.System);

    public void Dispose()
    {
        _gateway.Dispose();
        _http.Dispose();
    }

    [Fact]
    public async Task After_a_change_of_prices_the_network_goes_on_and_what_the_former_contracts_hold_is_paid_out()
    {
        await network.UntilReadyAsync();
        await _gateway.AskForTokensAsync();
        var before = (await network.TryStatusAsync("proxy")).ShouldNotBeNull();
        var channel = TonAddress.Parse((string)(await network.TryStatusAsync("client"))!["channels"]![0]!["clientContract"]!);
        var worker = Accounts(before, "worker").Single(account => account!["tokensMax"]!.GetValue<long>() > 0)!;

        await ChangePricesAsync();

        await Eventually.HoldsAsync("the proxy has another contract", async () =>
        {
            var status = await network.TryStatusAsync("proxy");
            return (string?)status?["contract"]?["address"] is { } contract && contract != ContractOf(before) ? null : status?.ToJsonString() ?? "no answer";
        }, Limit);
        await network.UntilReadyAsync();
        (await _gateway.AskForTokensAsync()).ShouldBePositive();

        await Eventually.HoldsAsync(
            "the former channel is refunded",
            async () => ClientContractState.Decode(await DataAsync(channel)) is { Phase: ContractPhase.Closed } ? null : "it is open", Limit);
        await Eventually.HoldsAsync(
            "the worker has its last payment",
            async () => (await Chain.GetAccountAsync(TonAddress.Parse((string)worker["contract"]!), default)).Data is { } data
                && WorkerContractState.Decode(data) is { Phase: ContractPhase.Closed } state && state.TokensPaid.Value == worker["tokensMax"]!.GetValue<long>() ? null : "it is open",
            Limit);
        await Eventually.HoldsAsync(
            "the former proxy contract is closing",
            async () => ProxyContractState.Decode(await DataAsync(TonAddress.Parse(ContractOf(before)))) is { Phase: ContractPhase.Closing } ? null : "it is open", Limit);
    }

    private static string ContractOf(JsonObject status) => (string)status["contract"]!["address"]!;

    private static IEnumerable<JsonNode?> Accounts(JsonObject status, string side) =>
        status["accounts"]!.AsArray().Where(account => (string?)account!["side"] == side);

    private async Task<Cell> DataAsync(TonAddress address) => (await Chain.GetAccountAsync(address, default)).Data.ShouldNotBeNull();

    private async Task ChangePricesAsync()
    {
        var root = TonAddress.Parse((string)network.Settings()["rootContract"]!);
        var parameters = NetworkRegistry.Decode(await DataAsync(root)).Parameters;
        var change = new ChangePrices(1, new TokenPrice(30_000), new TokenPrice(27_000));
        parameters.Price.ShouldNotBe(change.Price);
        using var key = Mnemonic.Parse(await File.ReadAllTextAsync(Path.Combine(network.Home, "owners", "operator.words"))).ToPrivateKey();
        var wallet = new WalletV5R1(key);
        var account = await Chain.GetAccountAsync(wallet.Address, default);
        var message = new InternalMessage { Destination = root, Value = Coins.FromTon(0.05m), Body = change.ToCell() };
        await Chain.SendAsync(
            wallet.CreateTransfer(
                WalletV5R1.ReadSeqno(account.Data), account.SyncedAt + TimeSpan.FromMinutes(2), [new OutgoingMessage(message.ToCell(), 3)], includeStateInit: false),
            default);
    }
}
