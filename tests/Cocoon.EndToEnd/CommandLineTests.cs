using Cocoon.EndToEnd.Harness;

namespace Cocoon.EndToEnd;

public sealed class CommandLineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cocoon-command-line-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("")]
    [InlineData("up")]
    [InlineData("demo")]
    [InlineData("chat")]
    [InlineData("status")]
    [InlineData("devnet")]
    [InlineData("proxy")]
    [InlineData("worker")]
    [InlineData("client")]
    [InlineData("wallet")]
    [InlineData("wallet new")]
    [InlineData("wallet show")]
    [InlineData("wallet send")]
    [InlineData("attest")]
    [InlineData("attest show")]
    [InlineData("attest verify")]
    public async Task Every_command_explains_itself(string command)
    {
        var result = await CocoonCommand.RunAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        result.Status.ShouldBe(0, result.Error);
        result.Output.ShouldContain("Usage:");
        result.Output.ShouldContain("Description:");
        result.Error.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("client", """{"gatewayPort": 70000}""", "GatewayPort", "70000", "between 0 and 65535")]
    [InlineData("client", """{"network": {"registryRefreshSeconds": 0}}""", "Network.RegistryRefreshSeconds", "'0'", "between 1 and 3600")]
    [InlineData("proxy", """{"proofOfWorkDifficulty": 60}""", "ProofOfWorkDifficulty", "60", "between 0 and 28")]
    [InlineData("worker", """{"model": "cocoon-demo", "coefficient": -1}""", "Coefficient", "-1", "between 0 and 999999999")]
    [InlineData("worker", """{"engine": {"kind": "magic"}}""", "Engine.Kind", "magic", "must be 'openai' or 'builtin'")]
    [InlineData("router", """{"ports": [{"kind": "socks5", "policy": "any", "port": 70000}]}""", "Ports[0].Port", "70000", "between 0 and 65535")]
    public async Task A_value_out_of_range_is_refused_with_its_name_the_value_and_the_range(
        string role, string json, string key, string found, string range)
    {
        var result = await CocoonCommand.RunAsync(role, "--config", Write(json));

        result.Status.ShouldBe(1);
        var line = result.Error.Split('\n').Where(line => line.Contains(key, StringComparison.Ordinal)).ShouldHaveSingleItem();
        line.ShouldContain(found);
        line.ShouldContain(range);
        result.Error.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task A_command_line_that_cannot_be_understood_ends_with_a_status_of_its_own()
    {
        foreach (var arguments in new[] { new[] { "attest", "verify" }, ["up", "--no-such-option"] })
        {
            var result = await CocoonCommand.RunAsync(arguments);
            result.Status.ShouldBe(2);
            result.Error.ShouldNotBeEmpty();
        }
    }

    [Fact]
    public async Task A_setting_that_does_not_exist_is_refused_by_its_name()
    {
        var result = await CocoonCommand.RunAsync("client", "--config", Write("""{"gatewayPort": 10000, "gatewayPrt": 10001}"""));

        result.Status.ShouldBe(1);
        var line = result.Error.Trim().Split('\n').ShouldHaveSingleItem();
        line.ShouldContain("gatewayPrt");
    }

    [Fact]
    public async Task A_value_of_another_type_is_refused_with_its_name_and_the_value()
    {
        var result = await CocoonCommand.RunAsync("client", "--config", Write("""{"gatewayPort": "many"}"""));

        result.Status.ShouldBe(1);
        var line = result.Error.Trim().Split('\n').ShouldHaveSingleItem();
        line.ShouldContain("GatewayPort", Case.Insensitive);
        line.ShouldContain("many");
    }

    [Fact]
    public async Task A_configuration_that_is_no_JSON_or_is_not_there_is_refused_in_one_line()
    {
        foreach (var file in new[] { Write("""{"gatewayPort": """), Path.Combine(_folder, "absent.json") })
        {
            var result = await CocoonCommand.RunAsync("client", "--config", file);
            result.Status.ShouldBe(1);
            result.Error.Trim().Split('\n').ShouldHaveSingleItem().ShouldContain(file);
        }
    }

    [Fact]
    public async Task An_override_without_a_value_is_refused()
    {
        var result = await CocoonCommand.RunAsync("client", "--set", "GatewayPort");

        result.Status.ShouldBe(1);
        result.Error.Trim().ShouldBe("error: --set wants Name=value, found 'GatewayPort'.");
    }

    [Fact]
    public async Task The_status_of_a_folder_without_a_network_says_how_to_make_one()
    {
        var result = await CocoonCommand.RunAsync("status", "--home", _folder);

        result.Status.ShouldBe(1);
        result.Error.Trim().Split('\n').ShouldHaveSingleItem().ShouldContain("cocoon up");
    }

    private string Write(string json)
    {
        var file = Path.Combine(_folder, "configuration.json");
        File.WriteAllText(file, json);
        return file;
    }
}
