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
}
