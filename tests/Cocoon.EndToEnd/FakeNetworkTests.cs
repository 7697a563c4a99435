using System.ClientModel;
using Cocoon.EndToEnd.Harness;
using OpenAI;
using OpenAI.Chat;

namespace Cocoon.EndToEnd;

public sealed class FakeNetworkTests
{
    private static readonly ChatCompletionOptions Limits = new() { MaxOutputTokenCount = 40, Temperature = 0 };

    [Fact]
    public async Task Roles_with_simulated_evidence_make_a_network_without_a_chain_that_outlives_its_proxy()
    {
        await using var network = await FakeNetwork.StartAsync();
        var answer = await AskAsync(network);

        await network.StopAsync("proxy");
        network.Start("proxy");
        await network.UntilReadyAsync();
        (await AskAsync(network)).ShouldBe(answer);

        await network.KillAsync("proxy");
        network.Start("proxy");
        await network.UntilReadyAsync();
        (await AskAsync(network)).ShouldBe(answer);

        network.Log("client").ShouldContain("This network has no chain");
        network.Log("client").ShouldNotContain("Registering with proxy");
        foreach (var role in new[] { "client", "worker", "proxy" }) await network.StopAsync(role);
    }

    [Fact]
    public async Task Roles_that_hold_their_peers_to_a_policy_file_tell_what_it_accepts_and_relaxes()
    {
        await using var network = await FakeNetwork.StartAsync(policy: """{"kinds": ["fake_tdx", "simulated_tdx"], "minimumTier": "test", "maxCertificateHours": 24}""");
        (await AskAsync(network)).ShouldNotBeNullOrWhiteSpace();

        var policies = (await network.ProxyStatusAsync())!["policies"]!.AsArray();
        policies.Select(policy => $"{policy!["setting"]}: {policy["policy"]}").ShouldBe([$"PeerPolicy: {network.PolicyFile}", "ClientPolicy: fake_tdx"]);
        policies[0]!["relaxations"]!.AsArray().Select(relaxation => $"{relaxation}").ShouldContain("kinds: fake_tdx is accepted, which anybody can make and which proves no hardware");
        foreach (var role in new[] { "proxy", "worker", "client" })
            await network.UntilLoggedAsync(role, $"PeerPolicy: policy {network.PolicyFile} is relaxed: kinds: fake_tdx is accepted");
    }

    [Fact]
    public async Task Roles_without_evidence_make_a_network_under_the_policy_any()
    {
        await using var network = await FakeNetwork.StartAsync(evidence: false);
        (await AskAsync(network)).ShouldNotBeNullOrWhiteSpace();
    }

    [Fact]
    public async Task Roles_behind_a_router_make_the_same_network_and_go_on_after_it_was_killed()
    {
        await using var network = await FakeNetwork.StartAsync(behindRouter: true);
        var answer = await AskAsync(network);

        await network.KillAsync("router");
        await network.UntilApartAsync();
        network.Start("router");
        await network.UntilReadyAsync();
        (await AskAsync(network)).ShouldBe(answer);
    }

    /// <summary>The text of an answer that comes in parts.</summary>
    private static async Task<string> AskAsync(FakeNetwork network)
    {
        var options = new OpenAIClientOptions { Endpoint = new Uri(network.Gateway, "/v1") };
        var client = new ChatClient(LocalNetworkFixture.Model, new ApiKeyCredential("unused"), options);
        var parts = new List<string>();
        await foreach (var update in client.CompleteChatStreamingAsync([new UserChatMessage("Who can read my prompt?")], Limits))
            parts.AddRange(update.ContentUpdate.Select(part => part.Text).Where(part => part.Length > 0));
        parts.Count.ShouldBeGreaterThanOrEqualTo(5);
        return string.Concat(parts);
    }
}
