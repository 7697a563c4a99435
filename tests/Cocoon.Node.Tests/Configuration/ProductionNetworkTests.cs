using Cocoon.Node.Configuration;
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
    public async Task Network_for_real_money_refuses_test_evidence(string evidence, string policy)
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
    [InlineData("tdx", "tdx")]
    [InlineData("none", "sev_snp")]
    [InlineData("sev_snp", "tdx")]
    public async Task Network_for_real_money_takes_evidence_of_hardware(string evidence, string policy)
    {
        using var folder = new TempFolder();
        var time = new ManualTimeProvider();
        var options = TestNetwork.Join(new TestNodeOptions { Evidence = evidence, PeerPolicy = policy }, folder.Path);
        options.Network.Test = false;
        options.Collateral.Folder = folder.Path;
        using var stopping = new CancellationTokenSource();
        var starting = NodeRuntime.StartAsync(options, new FakeChain(time), time, new LogList(), stopping.Token);
        // Evidence was looked at and taken: the node waits for a chain that has no registry yet.
        starting.IsCompleted.ShouldBeFalse();
        await stopping.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(starting.WaitAsync(TimeSpan.FromMinutes(1)));
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
        (await RefusalAsync(new TestNodeOptions { Collateral = new CollateralOptions { AmdUrl = "https://127.0.0.1/", AmdFolder = "there" } })).ShouldContain("not both");

        async Task<string> RefusalAsync(TestNodeOptions options)
        {
            var time = new ManualTimeProvider();
            return (await Should.ThrowAsync<ConfigurationException>(
                NodeRuntime.StartAsync(TestNetwork.Join(options, folder.Path), new FakeChain(time), time, new LogList(), default))).Message;
        }
    }
}
