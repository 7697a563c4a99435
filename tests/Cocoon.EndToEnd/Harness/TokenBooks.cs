using System.Text.Json.Nodes;

namespace Cocoon.EndToEnd.Harness;

/// <summary>What a proxy has counted, summed over its clients and over its workers.</summary>
internal sealed record TokenBooks(long Clients, long Workers, long Reserved)
{
    public static TokenBooks Of(JsonObject proxy)
    {
        var accounts = proxy["accounts"]!.AsArray();
        return new TokenBooks(Sum("client", "tokensMax"), Sum("worker", "tokensMax"), Sum("client", "tokensReserved"));

        long Sum(string side, string counter) =>
            accounts.Where(account => (string?)account!["side"] == side).Sum(account => account![counter]!.GetValue<long>());
    }

    /// <summary>The books as <c>cocoon status</c> shows them.</summary>
    public static async Task<TokenBooks> ReadAsync(LocalNetworkFixture network) => Of((await network.StatusAsync())["proxy"]!.AsObject());

    /// <summary>Waits until the books say something.</summary>
    public static Task UntilAsync(LocalNetworkFixture network, TokenBooks wanted) => Eventually.HoldsAsync(
        $"the books say {wanted}", async () => await ReadAsync(network) is var found && found == wanted ? null : $"{found}", TimeSpan.FromSeconds(60));
}
