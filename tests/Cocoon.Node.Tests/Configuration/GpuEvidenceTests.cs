using Cocoon.Node.Configuration;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Testing;

namespace Cocoon.Node.Tests.Configuration;

public sealed class GpuEvidenceTests
{
    [Theory]
    [InlineData("nvtrust", "fake_tdx", "attested_tls", "/bin/sh", "GpuEvidence: there is no 'nvtrust'; choose 'none' or 'nvattest'.")]
    [InlineData("nvattest", "none", "attested_tls", "/bin/sh", "GpuEvidence: with Evidence 'none' nothing vouches for this machine")]
    [InlineData("nvattest", "fake_tdx", "router", "/bin/sh", "GpuEvidence: Transport 'router' carries no evidence of GPUs; use 'attested_tls'.")]
    [InlineData("nvattest", "fake_tdx", "attested_tls", "/not/there", "GpuEvidenceCommand: there is no command '/not/there'; install")]
    [InlineData("nvattest", "fake_tdx", "attested_tls", "not-there", "GpuEvidenceCommand: there is no command 'not-there'; install")]
    public async Task Evidence_of_GPUs_that_cannot_be_made_is_refused_at_the_start(string source, string evidence, string transport, string command, string reason)
    {
        using var folder = new TempFolder();
        var time = new ManualTimeProvider();
        var options = TestNetwork.Join(
            new TestNodeOptions { GpuEvidence = source, Evidence = evidence, Transport = transport, GpuEvidenceCommand = command }, folder.Path);
        (await Should.ThrowAsync<ConfigurationException>(NodeRuntime.StartAsync(options, new FakeChain(time), time, new LogList(), default)))
            .Message.ShouldStartWith(reason);
    }
}
