using Cocoon.Node.Configuration;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Router.Configuration;

namespace Cocoon.Router.Tests;

public sealed class RouterOptionsTests : IDisposable
{
    private readonly LogList _log = new();

    [Fact]
    public void File_with_every_kind_of_port_is_read()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, """
                {"test":true,"ports":[{"kind":"socks5","port":8116,"policy":"fake_tdx"},
                 {"kind":"reverse","port":11001,"destination":"127.0.0.1:11101","policy":"any","peerInfo":false,"proofOfWorkDifficulty":8}]}
                """);
            var options = NodeConfiguration.Load<RouterOptions>(file, [KeyValuePair.Create("Limits:RouterSeconds", (string?)"3")]);
            options.Ports.Select(port => (port.Kind, port.Port, port.PeerInfo)).ShouldBe([("socks5", 8116, true), ("reverse", 11001, false)]);
            options.Ports[1].ProofOfWorkDifficulty.ShouldBe(8);
            options.Limits.Router.ShouldBe(TimeSpan.FromSeconds(3));
            Should.Throw<ConfigurationException>(() => NodeConfiguration.Load<RouterOptions>(file, [KeyValuePair.Create("Ports:0:Hops", (string?)"1")]))
                .Message.ShouldContain("Hops");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("\"freshness\": \"required\"")]
    [InlineData("\"gpu\": {\"required\": true}")]
    public async Task A_policy_that_no_router_can_hold_peers_to_is_refused(string demand)
    {
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".json");
        try
        {
            File.WriteAllText(file, $$"""{"kinds": ["simulated_tdx"], {{demand}}}""");
            (await RefusalAsync(new RouterOptions { Test = true, Ports = [RouterBench.Socks(file)] })).ShouldContain("which no router passes on");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Router_without_ports_is_refused() => (await RefusalAsync(new RouterOptions { Test = true })).ShouldContain("Ports");

    [Theory]
    [InlineData("http", "any", "", "", "Ports[0].Kind: there is no 'http'; choose one of socks5, forward, reverse.")]
    [InlineData("socks5", "", "", "", "Ports[0].Policy: The Policy field is required")]
    [InlineData("socks5", "trust", "", "", "Ports[0].Policy: There is no evidence policy 'trust'")]
    [InlineData("socks5", "any", "127.0.0.1:1", "", "Ports[0].Destination: a socks5 port has none")]
    [InlineData("socks5", "any", "", "00", "Ports[0].AllowedImages: wanted 64 hexadecimal digits, found '00'")]
    [InlineData("socks5", "any", "", "5c55c8f4db4010ba9203d83536d0609856af8c847ac039e37e7dde8fbd574b61", "the policy 'any' knows no images", Case.Insensitive)]
    [InlineData("forward", "any", "", "", "Ports[0].Destination: wanted host:port, found ''")]
    [InlineData("forward", "any", "proxy.example", "", "wanted host:port")]
    [InlineData("reverse", "any", "192.0.2.1:1", "", "must go to a loopback address and a port such as 127.0.0.1:11101, found '192.0.2.1:1'")]
    [InlineData("reverse", "any", "localhost:1", "", "must go to a loopback address")]
    [InlineData("reverse", "any", "127.0.0.1", "", "must go to a loopback address")]
    public async Task Port_that_cannot_be_used_is_refused_with_its_place(string kind, string policy, string destination, string image, string reason, Case sensitivity = Case.Sensitive)
    {
        var port = new RouterPortOptions { Kind = kind, Policy = policy, Destination = destination, AllowedImages = image.Length == 0 ? [] : [image] };
        (await RefusalAsync(new RouterOptions { Test = true, Ports = [port] })).ShouldContain(reason, sensitivity);
    }

    [Fact]
    public async Task Null_instead_of_a_destination_or_images_is_refused()
    {
        var refusal = await RefusalAsync(new RouterOptions
        {
            Test = true,
            Ports = [new RouterPortOptions { Kind = "socks5", Policy = "any", Destination = null!, AllowedImages = null! }],
        });
        refusal.ShouldContain("Ports[0].Destination: ");
        refusal.ShouldContain("Ports[0].AllowedImages: ");
        var port = new RouterPortOptions { Kind = "socks5", Policy = "any", AllowedImages = [null!] };
        (await RefusalAsync(new RouterOptions { Test = true, Ports = [port] })).ShouldContain("Ports[0].AllowedImages[0]: ");
        (await RefusalAsync(new RouterOptions { Test = true, Ports = [null!] })).ShouldContain("Ports[0]: ");
    }

    [Fact]
    public async Task Address_that_is_none_is_refused() => (await RefusalAsync(new RouterOptions
    {
        Test = true,
        Ports = [new RouterPortOptions { Kind = "reverse", Policy = "any", Destination = "127.0.0.1:1", ListenAddress = "here" }],
    })).ShouldContain("Ports[0].ListenAddress: 'here' is not an IP address");

    [Fact]
    public async Task Numbers_out_of_range_are_refused_each_with_its_place()
    {
        var options = new RouterOptions
        {
            MaxConnections = 0,
            IdleSeconds = 0,
            Limits = new LinkLimitOptions { TlsHandshakeSeconds = 601 },
            Ports = [new RouterPortOptions { Kind = "socks5", Policy = "any", Port = 65536, ProofOfWorkDifficulty = 29, MaxProofOfWorkDifficulty = 33 }],
        };
        var refusal = await RefusalAsync(options);
        foreach (var name in new[] { "MaxConnections", "IdleSeconds", "Limits.TlsHandshakeSeconds", "Ports[0].Port", "Ports[0].ProofOfWorkDifficulty", "Ports[0].MaxProofOfWorkDifficulty" })
            refusal.ShouldContain($"{name}: ");
    }

    [Theory]
    [InlineData("fake_tdx", "any", "Test is false, so peers must prove their hardware, and Evidence 'fake_tdx' does not stand for that")]
    [InlineData("none", "fake_tdx", "Ports[0].Policy: Test is false, so peers must prove their hardware, and policy 'fake_tdx' does not stand for that")]
    [InlineData("sworn", "any", "Evidence: There is no evidence source 'sworn'")]
    public async Task Test_evidence_is_for_test_networks(string evidence, string policy, string reason) =>
        (await RefusalAsync(new RouterOptions { Evidence = evidence, Ports = [RouterBench.Socks(policy)] })).ShouldContain(reason);

    [Fact]
    public async Task Evidence_that_this_machine_cannot_make_is_refused_at_the_start()
    {
        if (Directory.Exists("/sys/kernel/config/tsm/report")) return;
        (await RefusalAsync(new RouterOptions { Evidence = "tdx", Ports = [RouterBench.Socks("any")] })).ShouldStartWith("Evidence: 'tdx' cannot be made here. ");
    }

    [Fact]
    public async Task Port_in_use_is_told_and_closes_those_opened_before()
    {
        await using var bench = new RouterBench(TimeProvider.System);
        var taken = await bench.OpenAsync("none", RouterBench.Socks("any"));
        var options = new RouterOptions { Evidence = "none", Ports = [RouterBench.Socks("any"), RouterBench.Socks("any")] };
        options.Ports[1].Port = taken.Port;
        var refusal = await Should.ThrowAsync<IOException>(RouterNode.StartAsync(options, TimeProvider.System, _log, default));
        refusal.Message.ShouldContain($"Cannot listen on 127.0.0.1:{taken.Port}");
    }

    public void Dispose() => _log.Dispose();

    private async Task<string> RefusalAsync(RouterOptions options) =>
        (await Should.ThrowAsync<ConfigurationException>(RouterNode.StartAsync(options, TimeProvider.System, _log, default))).Message;
}
