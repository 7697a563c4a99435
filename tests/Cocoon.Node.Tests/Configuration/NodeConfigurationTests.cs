using Cocoon.Node.Configuration;
using Cocoon.Node.Tests.Fakes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cocoon.Node.Tests.Configuration;

public sealed class NodeConfigurationTests : IDisposable
{
    private const string Good = """
        {"Network":{"RootContract":"0:00","TonCenterUrl":"http://127.0.0.1:8081/","ChainPollMilliseconds":500},"StateFolder":"/s","Owner":"0:11"}
        """;

    private readonly TempFolder _temp = new();
    private readonly List<string> _variables = [];

    [Fact]
    public void File_then_environment_then_flags_and_the_last_one_wins()
    {
        Variable("COCOON_Owner", "from environment");
        Variable("COCOON_NETWORK__CHAINPOLLMILLISECONDS", "600");
        Variable("COCOON_Network__RegistryRefreshSeconds", "7");
        Variable("COCOON_Ports__0", "5");
        var options = Load(Good, ("Network:ChainPollMilliseconds", "700"));
        options.StateFolder.ShouldBe("/s");
        options.Owner.ShouldBe("from environment");
        options.Network.RegistryRefreshSeconds.ShouldBe(7);
        options.Network.ChainPollMilliseconds.ShouldBe(700);
        options.Ports.ShouldBe([5]);
    }

    [Fact]
    public void Unknown_key_in_the_file_is_refused_whatever_the_environment_holds()
    {
        Variable("COCOON_HOME", "/home");
        Should.Throw<ConfigurationException>(() => Load(Good.Replace("\"Owner\"", "\"Ownr\":\"x\",\"Owner\"", StringComparison.Ordinal))).Message.ShouldContain("Ownr");
    }

    [Fact]
    public void Variables_that_are_none_of_the_roles_settings_are_let_alone()
    {
        Variable("COCOON_HOME", "/home");
        Variable("COCOON_SOMETHING__ELSE", "1");
        Load(Good).Owner.ShouldBe("0:11");
    }

    [Fact]
    public void Unknown_key_in_a_variable_or_a_flag_is_refused()
    {
        Should.Throw<ConfigurationException>(() => Load(Good, ("Network:Tset", "true"))).Message.ShouldContain("Tset");
        Should.Throw<ConfigurationException>(() => NodeConfiguration.Load<TestNodeOptions>(null, [KeyValuePair.Create("Ownr", (string?)"x")])).Message.ShouldContain("Ownr");
        Variable("COCOON_NETWORK__TSET", "true");
        Should.Throw<ConfigurationException>(() => Load(Good)).Message.ShouldContain("TSET", Case.Insensitive);
    }

    [Fact]
    public void Every_value_out_of_range_is_named_with_its_unit_its_range_and_what_was_found()
    {
        var problem = Should.Throw<ConfigurationException>(() => Load(
            Good, ("Network:ChainPollMilliseconds", "99"), ("Network:RegistryRefreshSeconds", "3601"), ("AdminPort", "65536"), ("Owner", ""))).Message;
        problem.ShouldContain("Network.ChainPollMilliseconds: The field ChainPollMilliseconds must be between 100 and 60000. Found '99'.");
        problem.ShouldContain("Network.RegistryRefreshSeconds: The field RegistryRefreshSeconds must be between 1 and 3600. Found '3601'.");
        problem.ShouldContain("AdminPort: The field AdminPort must be between 0 and 65535. Found '65536'.");
        problem.ShouldContain("Owner: The Owner field is required. Found nothing.");
    }

    [Fact]
    public void Either_an_API_of_a_chain_or_a_fixed_registry_is_wanted_and_never_both()
    {
        const string wanted = "Exactly one of TonCenterUrl (a network on a chain) and FixedRegistry (a test network without one) must be set.";
        Should.Throw<ConfigurationException>(() => Load(Good, ("Network:FixedRegistry", "registry.json"), ("Network:Test", "true"))).Message.ShouldContain(wanted);
        var neither = Good.Replace("\"TonCenterUrl\":\"http://127.0.0.1:8081/\",", "", StringComparison.Ordinal);
        Should.Throw<ConfigurationException>(() => Load(neither)).Message.ShouldContain($"Network.TonCenterUrl: {wanted} Found nothing.");
        Load(neither, ("Network:FixedRegistry", "registry.json"), ("Network:Test", "true")).Network.TonCenterUrl.ShouldBeNull();
        Should.Throw<ConfigurationException>(() => Load(neither, ("Network:FixedRegistry", "registry.json"))).Message
            .ShouldContain("Network.Test: A network with a FixedRegistry is a test network: this must be true. Found 'False'.");
    }

    [Fact]
    public void Limits_of_sessions_come_from_the_settings_and_are_the_networks_by_default()
    {
        var network = Load(Good).Limits.ForSession(NullLogger.Instance);
        (network.HandshakeTimeout, network.MaxInboundBacklog, network.MaxPacketsPerSecond).ShouldBe((TimeSpan.FromSeconds(20), 1 << 20, 100_000));
        var own = Load(Good, ("Limits:ConnectSeconds", "3"), ("Limits:MaxInboundBacklogBytes", "65536"), ("Limits:MaxPacketsPerSecond", "10")).Limits.ForSession(NullLogger.Instance);
        (own.HandshakeTimeout, own.MaxInboundBacklog, own.MaxPacketsPerSecond).ShouldBe((TimeSpan.FromSeconds(3), 65536, 10));
    }

    [Theory]
    [InlineData("DialSeconds", 1, 600)]
    [InlineData("ProofOfWorkSeconds", 1, 3600)]
    [InlineData("TlsHandshakeSeconds", 1, 600)]
    [InlineData("EvidenceSeconds", 1, 600)]
    [InlineData("RouterSeconds", 1, 600)]
    [InlineData("ConnectSeconds", 1, 600)]
    [InlineData("MaxInboundBacklogBytes", 65536, 1073741824)]
    [InlineData("MaxPacketsPerSecond", 10, 10000000)]
    public void Limit_outside_its_range_is_refused(string limit, int lowest, int highest)
    {
        foreach (var allowed in new[] { lowest, highest }) Load(Good, ($"Limits:{limit}", $"{allowed}"));
        foreach (var refused in new[] { lowest - 1, highest + 1 })
            Should.Throw<ConfigurationException>(() => Load(Good, ($"Limits:{limit}", $"{refused}"))).Message.ShouldContain($"Limits.{limit}: ");
    }

    [Fact]
    public void Value_of_another_type_is_refused_with_its_key() =>
        Should.Throw<ConfigurationException>(() => Load(Good, ("AdminPort", "eighty"))).Message.ShouldContain("AdminPort");

    [Fact]
    public void File_that_is_absent_or_no_JSON_is_refused_with_its_name()
    {
        Should.Throw<ConfigurationException>(() => NodeConfiguration.Load<TestNodeOptions>("/nowhere/node.json", [])).Message.ShouldContain("/nowhere/node.json");
        Should.Throw<ConfigurationException>(() => Load("{\"Owner\":")).Message.ShouldContain("node.json");
    }

    public void Dispose()
    {
        foreach (var variable in _variables) Environment.SetEnvironmentVariable(variable, null);
        _temp.Dispose();
    }

    private void Variable(string name, string value)
    {
        _variables.Add(name);
        Environment.SetEnvironmentVariable(name, value);
    }

    private TestNodeOptions Load(string json, params (string Key, string Value)[] flags)
    {
        var file = Path.Combine(_temp.Path, "node.json");
        File.WriteAllText(file, json);
        return NodeConfiguration.Load<TestNodeOptions>(file, flags.Select(flag => KeyValuePair.Create(flag.Key, (string?)flag.Value)));
    }
}
