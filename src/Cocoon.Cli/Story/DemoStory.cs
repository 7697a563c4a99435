using System.Text.Json.Nodes;
using Cocoon.Cli.Network;
using Cocoon.Ton;

namespace Cocoon.Cli.Story;

/// <summary>
/// The whole life of a network in a few minutes: questions are asked and answered, then everybody settles, and what the chain says must add up.
/// </summary>
internal sealed class DemoStory(LocalNetwork network, Action<string> tell)
{
    private static readonly string[] Questions = ["What is Cocoon?", "Who can read my prompt?", "How do workers earn TON?"];
    private static readonly TimeSpan SettlementLimit = TimeSpan.FromSeconds(60);

    /// <summary>Tells the story and gives its report.</summary>
    public async Task<DemoReport> RunAsync(CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromMinutes(2) };
        var chat = new GatewayChat(http, network.Settings.GatewayUrl, LocalNetwork.Model);
        var answers = new List<DemoAnswer>();
        foreach (var question in Questions)
        {
            tell($"Asking: {question}");
            answers.Add(await AskAsync(chat, question, streamed: answers.Count != 1, cancellationToken).ConfigureAwait(false));
        }
        tell("Asking the worker of the last answer for evidence, for a nonce of our own");
        var attestation = await DemoAttestation.FetchAsync(http, network.Settings.GatewayUrl, LocalNetwork.Model, chat.Evidence, cancellationToken).ConfigureAwait(false);
        var hops = await HopsAsync(cancellationToken).ConfigureAwait(false);
        var accounts = await SettledAccountsAsync(cancellationToken).ConfigureAwait(false);
        tell("Closing the client's channel: charge and refund on chain");
        await network.Client.RunAsync("close", cancellationToken).ConfigureAwait(false);
        foreach (var worker in network.Workers)
        {
            tell($"Paying {worker.Name} on chain");
            await worker.RunAsync("payout", cancellationToken).ConfigureAwait(false);
        }
        var books = await BooksAsync(accounts, cancellationToken).ConfigureAwait(false);
        return Report(answers, hops, attestation, accounts, books);
    }

    private static async Task<DemoAnswer> AskAsync(GatewayChat chat, string question, bool streamed, CancellationToken cancellationToken)
    {
        (string, string)[] messages = [("user", question)];
        if (!streamed)
            return new DemoAnswer(question, await chat.AskAsync(messages, cancellationToken).ConfigureAwait(false), false, 1);
        var parts = new List<string>();
        await foreach (var part in chat.StreamAsync(messages, cancellationToken).ConfigureAwait(false)) parts.Add(part);
        return new DemoAnswer(question, string.Concat(parts), true, parts.Count);
    }

    private async Task<List<DemoHop>> HopsAsync(CancellationToken cancellationToken)
    {
        var hops = new List<DemoHop>();
        foreach (var node in network.Workers.Prepend(network.Client))
        {
            var status = await StatusAsync(node, cancellationToken).ConfigureAwait(false);
            foreach (var proxy in status["proxies"]!.AsArray())
                hops.Add(new DemoHop(node.Name, "proxy", proxy!["evidence"]!.GetValue<string>(), proxy["imageHash"]!.GetValue<string>()));
        }
        var workers = await StatusAsync(network.Proxy, cancellationToken).ConfigureAwait(false);
        foreach (var worker in workers["workers"]!.AsArray())
            hops.Add(new DemoHop("proxy", "worker", worker!["evidence"]!.GetValue<string>(), worker["imageHash"]!.GetValue<string>()));
        return hops;
    }

    /// <summary>Waits until every counted token is announced on chain, so that vouchers cover all of it.</summary>
    private async Task<DemoAccounts> SettledAccountsAsync(CancellationToken cancellationToken)
    {
        tell("Waiting for the proxy's state commit on chain");
        var deadline = TimeProvider.System.GetUtcNow() + SettlementLimit;
        while (true)
        {
            var status = await StatusAsync(network.Proxy, cancellationToken).ConfigureAwait(false);
            var accounts = status["accounts"]!.AsArray();
            if (accounts.Count > 0 && accounts.All(account => Tokens(account!, "tokensMax") == Tokens(account!, "tokensCommitted")))
            {
                var workers = accounts.Where(account => account!["side"]!.GetValue<string>() == "worker").Select(account => Address(account!)).ToList();
                var client = Address(accounts.Single(account => account!["side"]!.GetValue<string>() == "client")!);
                return new DemoAccounts(TonAddress.Parse(network.Settings.RootContract!), TonAddress.Parse(status["contract"]!["address"]!.GetValue<string>()), client, workers);
            }
            await PauseAsync(deadline, "The proxy has not committed its state", cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<DemoBooks> BooksAsync(DemoAccounts accounts, CancellationToken cancellationToken)
    {
        tell("Reading the books from the chain");
        var deadline = TimeProvider.System.GetUtcNow() + SettlementLimit;
        while (true)
        {
            var books = await DemoBooks.ReadAsync(
                network.Chain, accounts.Registry, accounts.Proxy, accounts.Client, accounts.Workers, cancellationToken).ConfigureAwait(false);
            if (books is not null && (!books.Problems().Any() || TimeProvider.System.GetUtcNow() > deadline))
                return books;
            await PauseAsync(books is null ? deadline : DateTimeOffset.MaxValue, "The contracts are not on chain", cancellationToken).ConfigureAwait(false);
        }
    }

    private static DemoReport Report(List<DemoAnswer> answers, List<DemoHop> hops, DemoAttestation attestation, DemoAccounts accounts, DemoBooks books)
    {
        var problems = books.Problems().ToList();
        if (answers.Any(answer => answer.Text.Length == 0))
            problems.Add("an answer is empty");
        if (answers.Max(answer => answer.Parts) < 5)
            problems.Add("no answer was streamed in 5 parts or more");
        problems.AddRange(attestation.Failures);
        return new DemoReport
        {
            Ok = problems.Count == 0,
            Problems = problems,
            Answers = answers,
            Hops = hops,
            Attestation = attestation,
            Tokens = new { clientCharged = books.ClientTokens.Value, workersPaid = books.WorkerTokens.Value },
            NanoTon = new
            {
                clientToppedUp = (long)books.ClientToppedUp.NanoTon,
                clientCharged = (long)books.ClientCharged.NanoTon,
                workersPaid = (long)books.WorkersPaid.NanoTon,
                proxyEarned = (long)books.ProxyEarned.NanoTon,
                clientRefunded = (long)books.ClientRefunded.NanoTon,
                gas = (long)books.Gas.NanoTon,
            },
            Contracts = new
            {
                registry = Contract(accounts.Registry, books),
                proxy = Contract(accounts.Proxy, books),
                client = Contract(accounts.Client, books),
                workers = accounts.Workers.Select(worker => Contract(worker, books)),
            },
            Transactions = books.Transactions,
        };
    }

    private static object Contract(TonAddress address, DemoBooks books) => new { address = address.ToRaw(), codeHash = books.CodeHashes[address].ToString() };

    private static async Task<JsonObject> StatusAsync(AdminClient node, CancellationToken cancellationToken) =>
        await node.TryStatusAsync(cancellationToken).ConfigureAwait(false) ?? throw new IOException($"{node.Name} does not answer on its admin surface.");

    private static async Task PauseAsync(DateTimeOffset deadline, string trouble, CancellationToken cancellationToken)
    {
        if (TimeProvider.System.GetUtcNow() > deadline)
            throw new IOException($"{trouble} within {SettlementLimit.TotalSeconds:0} s.");
        await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancellationToken).ConfigureAwait(false);
    }

    private static long Tokens(JsonNode account, string name) => account[name]!.GetValue<long>();

    private static TonAddress Address(JsonNode account) => TonAddress.Parse(account["contract"]!.GetValue<string>());

    private sealed record DemoAccounts(TonAddress Registry, TonAddress Proxy, TonAddress Client, IReadOnlyList<TonAddress> Workers);
}
