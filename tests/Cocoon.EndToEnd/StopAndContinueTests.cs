using Cocoon.EndToEnd.Harness;

namespace Cocoon.EndToEnd;

[Collection(LocalNetworkCollection.Name)]
public sealed class StopAndContinueTests(LocalNetworkFixture network) : IDisposable
{
    private readonly GatewayCaller _gateway = new(network.Gateway);

    public void Dispose() => _gateway.Dispose();

    [Fact]
    public async Task After_Ctrl_C_nothing_runs_and_the_next_start_goes_on_with_the_same_registry_and_the_same_books()
    {
        await network.UntilReadyAsync();
        await _gateway.AskForTokensAsync();
        var registry = (string?)network.Settings()["rootContract"];
        var books = await TokenBooks.ReadAsync(network);

        await network.StopAsync();
        await network.StartAsync();

        ((string?)network.Settings()["rootContract"]).ShouldBe(registry);
        await network.UntilReadyAsync();
        (await TokenBooks.ReadAsync(network)).ShouldBe(books);
        (await _gateway.AskForTokensAsync()).ShouldBePositive();
    }

    [Fact]
    public async Task When_the_command_itself_is_killed_its_processes_end_too_and_the_next_start_goes_on()
    {
        await network.UntilReadyAsync();
        await _gateway.AskForTokensAsync();
        var books = await TokenBooks.ReadAsync(network);

        await network.CrashAsync();
        await network.StartAsync();

        await network.UntilReadyAsync();
        (await TokenBooks.ReadAsync(network)).ShouldBe(books);
        (await _gateway.AskForTokensAsync()).ShouldBePositive();
    }

    [Fact]
    public async Task A_second_start_over_the_same_folder_is_refused_with_the_port_that_is_in_use()
    {
        var result = await CocoonCommand.RunAsync("up", "--home", network.Home);

        result.Status.ShouldBe(1);
        result.Error.ShouldContain("in use");
        result.Error.ShouldContain("running already");
        (await _gateway.AskForTokensAsync()).ShouldBePositive();
    }
}
