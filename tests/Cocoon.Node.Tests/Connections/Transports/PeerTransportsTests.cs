using System.Net;
using Cocoon.Node.Configuration;
using Cocoon.Node.Connections;
using Cocoon.Node.Connections.Transports;
using Cocoon.Node.Tests.Fakes;

namespace Cocoon.Node.Tests.Connections.Transports;

public sealed class PeerTransportsTests
{
    [Fact]
    public void Every_name_makes_what_it_names()
    {
        foreach (var name in PeerTransports.Names)
        {
            using var transport = Create(name, "any");
            transport.Name.ShouldBe(name);
        }
    }

    [Fact]
    public void Name_that_is_not_there_is_refused_with_those_that_are() =>
        Refusal("tls", "any").ShouldBe("Transport: there is no 'tls'; choose one of attested_tls, router, plain.");

    [Theory]
    [InlineData("192.0.2.1:8116")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:0")]
    [InlineData("localhost:8116")]
    [InlineData("somewhere")]
    public void Router_elsewhere_than_on_loopback_is_refused(string router) =>
        Refusal("router", "any", options => options.Router = router).ShouldContain($"must be a loopback address with a port such as 127.0.0.1:8116, found '{router}'");

    [Theory]
    [InlineData("127.0.0.1:8116")]
    [InlineData("[::1]:9")]
    public void Router_on_loopback_is_dialled_instead_of_the_peer(string router)
    {
        using var transport = Create("router", "any", options => options.Router = router);
        transport.Via.ShouldBe(IPEndPoint.Parse(router));
    }

    [Fact]
    public void Plain_connections_are_for_test_networks() =>
        Refusal("plain", "any", options => options.Network.Test = false).ShouldContain("Network.Test is false");

    [Fact]
    public void Plain_connections_cannot_satisfy_a_policy_that_wants_evidence() => Refusal("plain", "fake_tdx").ShouldContain("policy 'fake_tdx' would refuse every peer");

    [Theory]
    [InlineData("router", "0.0.0.0", false)]
    [InlineData("router", "192.0.2.1", false)]
    [InlineData("plain", "::", false)]
    [InlineData("router", "127.0.0.1", true)]
    [InlineData("plain", "::1", true)]
    [InlineData("attested_tls", "0.0.0.0", true)]
    public void Ports_that_know_nobody_open_on_loopback_only(string transport, string address, bool allowed)
    {
        var options = new TestNodeOptions { Transport = transport };
        void Check() => PeerTransports.CheckListening(options, IPAddress.Parse(address));
        if (allowed)
            Check();
        else
            Should.Throw<ConfigurationException>(Check).Message.ShouldContain("it must be a loopback address");
    }

    [Theory]
    [InlineData("attested_tls")]
    [InlineData("router")]
    public void Policy_that_is_not_there_is_refused_when_a_port_is_to_have_it(string name)
    {
        using var transport = Create(name, "any");
        Should.Throw<ConfigurationException>(() => transport.Dial("trust", _ => Task.CompletedTask)).Message.ShouldContain("no evidence policy 'trust'");
    }

    private static IPeerTransport Create(string name, string policy, Action<NodeOptions>? configure = null)
    {
        var options = TestNetwork.Join(new TestNodeOptions { Transport = name, PeerPolicy = policy }, "unused");
        configure?.Invoke(options);
        return PeerTransports.Create(options, EvidenceServices.Of(options, TimeProvider.System), TimeProvider.System, new LogList());
    }

    private static string Refusal(string name, string policy, Action<NodeOptions>? configure = null) =>
        Should.Throw<ConfigurationException>(() => Create(name, policy, configure)).Message;
}
