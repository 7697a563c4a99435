using Cocoon.Cryptography;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Tl;
using Cocoon.Proxy.Sessions;
using Cocoon.Proxy.Tests.Sessions;

namespace Cocoon.Proxy.Tests.Relay;

/// <summary>Plays every cell of the table of requests in docs/protocol/proxy.md.</summary>
public sealed class RequestTableTests
{
    private const string Heading = "A request at its worker";

    private static readonly Dictionary<string, Func<Bits256, ITlObject>> Messages = new()
    {
        ["the head"] = id => new ProxyQueryAnswerEx(id, Scene.Head(), null),
        ["the head and the end in one"] = id => new ProxyQueryAnswerEx(id, Scene.Head(), Scene.Final(10)),
        ["a part"] = id => new ProxyQueryAnswerPartEx(id, new byte[] { 1 }, null),
        ["an empty part"] = id => new ProxyQueryAnswerPartEx(id, default, null),
        ["the last part"] = id => new ProxyQueryAnswerPartEx(id, new byte[] { 1 }, Scene.Final(10)),
        ["the last part with less than no tokens"] = id => new ProxyQueryAnswerPartEx(id, default, Scene.Final(long.MinValue)),
        ["the last part with more tokens than were reserved"] = id => new ProxyQueryAnswerPartEx(id, default, Scene.Final(1_000_000)),
        ["the last part with more tokens than a counter holds"] = id => new ProxyQueryAnswerPartEx(id, default, Scene.Final(long.MaxValue)),
        ["an error"] = id => new ProxyQueryAnswerErrorEx(id, 602, "no", Scene.Final(50)),
        ["an error without final_info"] = id => new ProxyQueryAnswerErrorEx(id, 602, "no", null),
        ["an error in the old constructor"] = id => new ProxyQueryAnswerError(602, "no", id, Scene.Tokens(50)),
        ["a head that is no HTTP response"] = id => new ProxyQueryAnswerEx(id, new byte[] { 1, 2, 3, 4 }, null),
        ["the head in the old constructor"] = id => new ProxyQueryAnswer(Scene.Head(), false, id, Scene.Tokens(0)),
        ["the last part in the old constructor"] = id => new ProxyQueryAnswerPart(default, true, id, Scene.Tokens(10)),
        ["a part for another request"] = _ => new ProxyQueryAnswerPartEx(Bits256.Random(), new byte[] { 1 }, Scene.Final(10)),
    };

    private static readonly Dictionary<string, Func<Scene, RawPeer, Bits256, Task>> Deeds = new()
    {
        ["another worker's last part for this request"] = (_, other, id) => other.SendAsync(new ProxyQueryAnswerPartEx(id, new byte[] { 1 }, Scene.Final(10))),
        ["the end of the worker's connection"] = (scene, _, _) => scene.Worker.EndAsync().AsTask(),
        ["silence until the request's time is up"] = (scene, _, _) =>
        {
            scene.Proxy.Time.Advance(TimeSpan.FromSeconds(11));
            return Task.CompletedTask;
        },
    };

    public static TheoryData<string, string, string> Cells => ProxyTable.Read(Heading);

    [Fact]
    public void Every_event_has_its_row_and_every_row_its_test() => Messages.Keys.Concat(Deeds.Keys).ShouldCover(Heading);

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task A_request_goes_as_documented(string what, string state, string outcome)
    {
        await using var scene = await Scene.StartAsync();
        await using var other = await RawPeer.WorkerAsync(scene.Proxy, WorkerSessionState.Finishing, number: 11);
        var id = state switch
        {
            "Asked" => await scene.AskAsync(),
            "Streaming" => await scene.StreamAsync(),
            _ => await scene.ServeAsync(),
        };
        var before = scene.Used;
        if (Messages.TryGetValue(what, out var message))
            await scene.Worker.SendAsync(message(id));
        else
            await Deeds[what](scene, other, id);

        var used = outcome == "nothing" ? await NothingAsync(scene, other) : await NextAsync(scene, outcome);
        (scene.Used.Stored - before.Stored).ShouldBe(Some.Tokens(used));
        scene.Used.Max.ShouldBe(scene.Earned.Max);
        if (outcome == "end" || outcome.StartsWith("error", StringComparison.Ordinal))
            await scene.NothingRunsAsync();
        if (what != "the end of the worker's connection")
            await StillServesAsync(scene, id);
    }

    /// <summary>What the client got, and how many tokens it cost.</summary>
    private static async Task<long> NextAsync(Scene scene, string outcome)
    {
        await Some.UntilAsync(() => !scene.Client.Inbox.IsEmpty);
        scene.Client.Inbox.TryNext(out var got).ShouldBeTrue();
        var info = got switch
        {
            ClientQueryAnswerEx head => head.FinalInfo,
            ClientQueryAnswerPartEx part => part.FinalInfo,
            ClientQueryAnswerErrorEx error => error.FinalInfo.ShouldNotBeNull(),
            _ => throw new InvalidOperationException($"found {got}"),
        };
        var found = got is ClientQueryAnswerErrorEx { ErrorCode: var code } ? $"error {code}" : info is not null ? "end" : got is ClientQueryAnswerEx ? "head" : "part";
        found.ShouldBe(outcome);
        if (found != "end")
            return 0;
        var tokens = info!.TokensUsed.TotalTokensUsed;
        tokens.ShouldBeInRange(0, Scene.Http().Length + 100);
        (await scene.Client.Inbox.NextAsync<ProxyClientRequestPayment>()).RequestTokens.ShouldBe(tokens);
        (await scene.Worker.Inbox.NextAsync<ProxyWorkerRequestPayment>()).RequestTokens.ShouldBe(tokens);
        return tokens;
    }

    // A worker's messages are taken in order, so what the last one did shows that the one before is done with.
    private static async Task<long> NothingAsync(Scene scene, RawPeer other)
    {
        foreach (var worker in new[] { scene.Worker, other })
        {
            if (scene.Proxy.Pool.Snapshot().Values.SelectMany(workers => workers).SingleOrDefault(known => known.Owner == worker.Owner) is not { } known
                || worker.Ended)
                continue;
            await worker.SendAsync(new WorkerNewCoefficient(999));
            await Some.UntilAsync(() => known.Coefficient.Thousandths == 999);
        }
        await scene.Client.AliveAsync();
        scene.Client.Inbox.IsEmpty.ShouldBeTrue();
        return 0;
    }

    // Whatever became of the request, the worker's connection serves the next.
    private static async Task StillServesAsync(Scene scene, Bits256 id)
    {
        await scene.Worker.SendAsync(new ProxyQueryAnswerErrorEx(id, 621, "over", null));
        await scene.NothingRunsAsync();
        await scene.Client.AliveAsync();
        while (scene.Client.Inbox.TryNext(out _))
        {
        }
        await scene.ServeAsync(5);
    }
}
