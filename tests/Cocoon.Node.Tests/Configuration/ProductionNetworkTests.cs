using Cocoon.Attestation;
using Cocoon.Node.Configuration;
using Cocoon.Node.Connections;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Testing;

namespace Cocoon.Node.Tests.Configuration;

public sealed class ProductionNetworkTests
{
    [Theory]
    [InlineData("fake_tdx", "fake_tdx")]
    [InlineData("none", "fake_tdx")]
    [InlineData("none", "any")]
    [InlineData("simulated_tdx", "tdx")]
    [InlineData("tdx", "simulated_tdx")]
    [InlineData("tdx", "any")]
    public async Task Negative_simulated_or_other_test_evidence_in_a_production_network_is_refused_at_the_start(string evidence, string policy)
    {
        using var folder = new TempFolder();
        var time = new ManualTimeProvider();
        var options = TestNetwork.Join(new TestNodeOptions { Evidence = evidence, PeerPolicy = policy }, folder.Path);
        options.Network.Test = false;
        var refusal = await Should.ThrowAsync<ConfigurationException>(NodeRuntime.StartAsync(options, new FakeChain(time), time, new LogList(), default));
        refusal.Message.ShouldContain("Network.Test is false");
        refusal.Message.ShouldContain("join a test network");
    }

    [Theory]
    [InlineData("tdx")]
    [InlineData("sev_snp")]
    public async Task Network_for_real_money_takes_evidence_of_hardware(string policy)
    {
        using var folder = new TempFolder();
        var time = new ManualTimeProvider();
        var options = TestNetwork.Join(new TestNodeOptions { Evidence = "none", PeerPolicy = policy }, folder.Path);
        options.Network.Test = false;
        options.Collateral.Folder = folder.Path;
        using var stopping = new CancellationTokenSource();
        var starting = NodeRuntime.StartAsync(options, new FakeChain(time), time, new LogList(), stopping.Token);
        // Evidence was looked at and taken: the node waits for a chain that has no registry yet.
        starting.IsCompleted.ShouldBeFalse();
        await stopping.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(starting.WaitAsync(TimeSpan.FromMinutes(1)));
    }

    [Theory]
    [InlineData("tdx")]
    [InlineData("sev_snp")]
    public async Task Evidence_that_this_machine_cannot_make_is_refused_at_the_start(string evidence)
    {
        // In a confidential guest one of the two can be made.
        if (Directory.Exists("/sys/kernel/config/tsm/report") || File.Exists("/dev/sev-guest")) return;
        using var folder = new TempFolder();
        var time = new ManualTimeProvider();
        var options = TestNetwork.Join(new TestNodeOptions { Evidence = evidence }, folder.Path);
        (await Should.ThrowAsync<ConfigurationException>(NodeRuntime.StartAsync(options, new FakeChain(time), time, new LogList(), default))).Message.ShouldStartWith(
            $"Evidence: '{evidence}' cannot be made here. /sys/kernel/config");

        // Behind a router it is the router that makes evidence.
        options.Transport = "router";
        using var stopping = new CancellationTokenSource();
        var starting = NodeRuntime.StartAsync(options, new FakeChain(time), time, new LogList(), stopping.Token);
        starting.IsCompleted.ShouldBeFalse();
        await stopping.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(starting.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task A_host_that_does_not_answer_is_told_of_at_the_start()
    {
        var time = new ManualTimeProvider();
        var asking = EvidenceServices.RequireEvidenceAsync(new SilentHost(EvidenceKind.Tdx), time, default);
        asking.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromMinutes(1));
        (await Should.ThrowAsync<ConfigurationException>(asking.WaitAsync(TimeSpan.FromSeconds(20)))).Message.ShouldStartWith(
            "Evidence: 'silent' was not made within 60 seconds. The guest's kernel waits for the host: see that the host's quote generation service runs");
        // Nothing is made where it takes no hardware.
        await EvidenceServices.RequireEvidenceAsync(new SilentHost(EvidenceKind.SimulatedTdx), time, default);
    }

    [Fact]
    public async Task Tdx_without_a_source_of_collateral_and_an_image_that_is_not_there_are_refused_at_the_start()
    {
        using var folder = new TempFolder();
        (await RefusalAsync(new TestNodeOptions { Evidence = "none", PeerPolicy = "tdx" })).ShouldContain("set Collateral:Url or Collateral:Folder");
        (await RefusalAsync(new TestNodeOptions { Evidence = "simulated_tdx", SimulatedImage = ["/not/there"] })).ShouldBe(
            "SimulatedImage: the file '/not/there' does not exist.");
        (await RefusalAsync(new TestNodeOptions { Collateral = new CollateralOptions { Url = "ftp://here/" } })).ShouldContain("must be an http or https address");
        (await RefusalAsync(new TestNodeOptions { Collateral = new CollateralOptions { Url = "https://127.0.0.1/", Folder = "there" } })).ShouldContain("not both");
        (await RefusalAsync(new TestNodeOptions { Collateral = new CollateralOptions { AmdUrl = "amd" } })).ShouldContain("Collateral.AmdUrl: This must be an http or https address");
        (await RefusalAsync(new TestNodeOptions { Collateral = new CollateralOptions { NvidiaUrl = "file:///rims" } })).ShouldContain("Collateral.NvidiaUrl: This must be");
        (await RefusalAsync(new TestNodeOptions { Collateral = new CollateralOptions { AmdUrl = "https://127.0.0.1/", AmdFolder = "there" } })).ShouldContain("not both");

        async Task<string> RefusalAsync(TestNodeOptions options)
        {
            var time = new ManualTimeProvider();
            return (await Should.ThrowAsync<ConfigurationException>(
                NodeRuntime.StartAsync(TestNetwork.Join(options, folder.Path), new FakeChain(time), time, new LogList(), default))).Message;
        }
    }

    [Theory]
    [InlineData("""{"kinds": ["fake_tdx"]}""")]
    [InlineData("""{"kinds": ["tdx", "simulated_tdx"]}""")]
    [InlineData("""{"kinds": ["sev_snp"], "sevSnp": {"allowDebug": true}}""")]
    public async Task Network_for_real_money_refuses_a_policy_file_that_accepts_what_is_for_tests(string json)
    {
        using var folder = new TempFolder();
        (await StartingAsync(folder, json, test: false)).ShouldContain("Network.Test is false, so peers must prove their hardware, and policy '");
    }

    [Fact]
    public async Task A_policy_file_that_cannot_be_used_ends_the_start_with_its_key()
    {
        using var folder = new TempFolder();
        var refusal = await StartingAsync(folder, """{"kinds": ["tdx"], "tdx": {"maxCollateralAgeDays": 90}}""", test: true);
        refusal.ShouldBe($"The policy file '{PolicyFile(folder)}': tdx.maxCollateralAgeDays: found 90, wanted a whole number of 1 to 30.");
        (await StartingAsync(folder, """{"kinds": ["tdx", "fake_tdx"]}""", test: true)).ShouldContain("set Collateral:Url or Collateral:Folder");
        (await StartingAsync(folder, """{"kinds": ["fake_tdx"], "freshness": "required"}""", test: true, "router")).ShouldContain("which no router passes on");
    }

    [Fact]
    public void What_a_policy_accepts_and_where_it_is_relaxed_is_told_to_status_and_log()
    {
        using var folder = new TempFolder();
        File.WriteAllText(PolicyFile(folder), """{"kinds": ["simulated_tdx"], "freshness": "off"}""");
        var options = TestNetwork.Join(new TestNodeOptions(), folder.Path);
        using var evidence = EvidenceServices.Of(options, TimeProvider.System);
        var status = evidence.Describe("PeerPolicy", evidence.CreatePeerPolicy(PolicyFile(folder)));
        status.Policy.ShouldBe(PolicyFile(folder));
        status.Accepts.ShouldBe("simulated_tdx; images: the registry's; TCB: UpToDate");
        status.Relaxations.ShouldBe(
        [
            "kinds: simulated_tdx is accepted, which anybody can make and which proves no hardware",
            "freshness: no peer has to prove that its evidence is made for this connection",
        ]);

        var log = new LogList();
        log.CreateLogger("role").LogPolicy(status);
        log.Count("PeerPolicy: policy " + status.Policy + " is relaxed: ").ShouldBe(2);

        options.Transport = "router";
        using var behindRouter = EvidenceServices.Of(options, TimeProvider.System);
        behindRouter.Describe("PeerPolicy", behindRouter.CreatePeerPolicy(PolicyFile(folder))).Relaxations.ShouldContain(text => text.StartsWith("the router judges quotes", StringComparison.Ordinal));
    }

    [Fact]
    public void What_was_checked_at_the_start_judges_later_whatever_becomes_of_the_file()
    {
        using var folder = new TempFolder();
        File.WriteAllText(PolicyFile(folder), """{"kinds": ["fake_tdx"]}""");
        using var evidence = EvidenceServices.Of(TestNetwork.Join(new TestNodeOptions(), folder.Path), TimeProvider.System);
        evidence.CreatePolicy(PolicyFile(folder));
        File.Delete(PolicyFile(folder));
        evidence.CreatePolicy(PolicyFile(folder)).Rules.Kinds.ShouldBe([EvidenceKind.FakeTdx]);
    }

    private static string PolicyFile(TempFolder folder) => Path.Combine(folder.Path, "policy.json");

    private static async Task<string> StartingAsync(TempFolder folder, string policy, bool test, string transport = "attested_tls")
    {
        await File.WriteAllTextAsync(PolicyFile(folder), policy);
        var time = new ManualTimeProvider();
        var options = TestNetwork.Join(new TestNodeOptions { Evidence = "none", PeerPolicy = PolicyFile(folder), Transport = transport }, folder.Path);
        options.Network.Test = test;
        return (await Should.ThrowAsync<ConfigurationException>(NodeRuntime.StartAsync(options, new FakeChain(time), time, new LogList(), default))).Message;
    }

    private sealed class SilentHost(EvidenceKind kind) : IEvidenceSource
    {
        public string Name => "silent";

        public EvidenceKind Kind => kind;

        public ValueTask<ReadOnlyMemory<byte>> CreateQuoteAsync(ReadOnlyMemory<byte> reportData, CancellationToken cancellationToken) =>
            new(new TaskCompletionSource<ReadOnlyMemory<byte>>().Task);
    }
}
