using System.Globalization;
using System.Text.Json.Nodes;
using Cocoon.EndToEnd.Harness;

namespace Cocoon.EndToEnd;

[Collection(LocalNetworkCollection.Name)]
public sealed class WalletTests(LocalNetworkFixture network)
{
    private const decimal NanoTon = 1_000_000_000;

    [Theory]
    [InlineData("v3r2")]
    [InlineData("v4r2")]
    [InlineData("v5r1")]
    public async Task A_new_wallet_is_funded_shown_and_sends_TON_to_another(string version)
    {
        var (from, fromFile) = await NewAsync(version);
        var (to, toFile) = await NewAsync(version);
        File.GetUnixFileMode(fromFile).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await ShowAsync(fromFile, version))["status"]!.GetValue<string>().ShouldNotBe("active");
        await network.FundAsync(from, 5);
        await Eventually.HoldsAsync(
            "the money is there",
            async () => Balance(await ShowAsync(fromFile, version)) is var found && found >= 5 * NanoTon ? null : $"{found} nanoTON",
            TimeSpan.FromSeconds(60));

        var sent = (await CocoonCommand.RunAsync(
            "wallet", "send", "--words-file", fromFile, "--version", version, "--url", network.TonCenter.ToString(),
            "--to", to, "--amount", "1.5", "--json")).Json();

        sent["sent"]!.GetValue<bool>().ShouldBeTrue();
        ((string?)sent["nanoTon"]).ShouldBe("1500000000");
        Balance(await ShowAsync(fromFile, version)).ShouldBeInRange(3.4m * NanoTon, 3.5m * NanoTon);
        await Eventually.HoldsAsync(
            "the receiver has it",
            async () => Balance(await ShowAsync(toFile, version)) is var found && found is > 1.49m * NanoTon and <= 1.5m * NanoTon
                ? null
                : $"{found} nanoTON",
            TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task A_wallet_that_holds_too_little_refuses_to_send_and_says_what_is_missing()
    {
        var (address, file) = await NewAsync("v5r1");
        var result = await CocoonCommand.RunAsync(
            "wallet", "send", "--words-file", file, "--url", network.TonCenter.ToString(), "--to", address, "--amount", "1");

        result.Status.ShouldBe(1);
        result.Error.ShouldContain("holds 0 TON");
        result.Error.ShouldContain("1 TON");
        result.Error.ShouldContain("Send TON to it first");
    }

    [Fact]
    public async Task Words_that_exist_are_never_overwritten()
    {
        var (_, file) = await NewAsync("v5r1");
        var words = await File.ReadAllTextAsync(file);
        words.Split(' ').Length.ShouldBe(24);

        var result = await CocoonCommand.RunAsync("wallet", "new", "--words-file", file);

        result.Status.ShouldBe(1);
        result.Error.ShouldContain(file);
        (await File.ReadAllTextAsync(file)).ShouldBe(words);
    }

    private static decimal Balance(JsonObject wallet) => decimal.Parse((string)wallet["balanceNanoTon"]!, CultureInfo.InvariantCulture);

    private async Task<(string Address, string File)> NewAsync(string version)
    {
        var file = Path.Combine(network.Home, Guid.NewGuid().ToString("N") + ".words");
        var wallet = (await CocoonCommand.RunAsync("wallet", "new", "--words-file", file, "--version", version, "--json")).Json();
        ((string?)wallet["wordsFile"]).ShouldBe(file);
        return ((string)wallet["address"]!, file);
    }

    private async Task<JsonObject> ShowAsync(string file, string version) => (await CocoonCommand.RunAsync(
        "wallet", "show", "--words-file", file, "--version", version, "--url", network.TonCenter.ToString(), "--json")).Json();
}
