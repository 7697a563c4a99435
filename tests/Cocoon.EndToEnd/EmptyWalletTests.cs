using System.Net;
using System.Text.Json.Nodes;
using Cocoon.EndToEnd.Harness;

namespace Cocoon.EndToEnd;

[Collection(LocalNetworkCollection.Name)]
public sealed class EmptyWalletTests(LocalNetworkFixture network)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task A_client_without_money_says_which_wallet_wants_TON_and_answers_once_it_has_some()
    {
        await network.UntilReadyAsync();
        var gatewayPort = LocalNetworkFixture.FreePort();
        var adminPort = LocalNetworkFixture.FreePort();
        var folder = Directory.CreateDirectory(Path.Combine(network.Home, "poor-client")).FullName;
        var configuration = network.ConfigurationOf("client");
        configuration["stateFolder"] = folder;
        configuration["gatewayPort"] = gatewayPort;
        configuration["adminPort"] = adminPort;
        configuration["proxyWaitSeconds"] = 1;
        var file = Path.Combine(folder, "client.json");
        await File.WriteAllTextAsync(file, configuration.ToJsonString());

        await using var client = RunningCommand.Start("client", "--config", file);
        JsonObject? status = null;
        await Eventually.HoldsAsync(
            "the client runs", async () => (status = await network.TryStatusAsync(folder, adminPort)) is null ? client.Error : null, Limit);
        status!["ready"]!.GetValue<bool>().ShouldBeFalse();
        var wallet = (string)status["wallet"]!["address"]!;
        using var gateway = new GatewayCaller(new Uri($"http://127.0.0.1:{gatewayPort}"));
        JsonObject? error = null;
        await Eventually.HoldsAsync("money is asked for", async () =>
        {
            using var response = await gateway.PostAsync(GatewayCaller.Chat, GatewayCaller.Question());
            response.StatusCode.ShouldBeOneOf(HttpStatusCode.PaymentRequired, HttpStatusCode.ServiceUnavailable);
            error = await GatewayCaller.ErrorAsync(response);
            return response.StatusCode == HttpStatusCode.PaymentRequired ? null : error.ToJsonString();
        }, Limit);
        var message = (string)error!["message"]!;
        message.ShouldContain(wallet);
        message.ShouldContain("TON");
        message.ShouldContain("send", Case.Insensitive);

        await network.FundAsync(wallet, 30);

        await Eventually.HoldsAsync(
            "the client is ready",
            async () => (await network.TryStatusAsync(folder, adminPort))?["ready"]?.GetValue<bool>() == true ? null : client.Error,
            Limit);
        (await gateway.AskForTokensAsync()).ShouldBePositive();
        Signal.Interrupt.Send(client.Id);
        (await client.EndAsync(Limit)).Status.ShouldBe(0);
    }
}
