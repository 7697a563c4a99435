using Cocoon.Contracts.Economics;
using Cocoon.Cryptography;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Tl;
using Cocoon.Proxy.Ledger;

namespace Cocoon.Proxy.Tests.Sessions;

/// <summary>A proxy with one client and one worker, both over real sessions and ready.</summary>
internal sealed class Scene : IAsyncDisposable
{
    public const string Body = """{"max_tokens":100}""";

    private Scene(TestProxy proxy, RawPeer client, RawPeer worker)
    {
        Proxy = proxy;
        Client = client;
        Worker = worker;
    }

    public TestProxy Proxy { get; }

    public RawPeer Client { get; }

    public RawPeer Worker { get; }

    /// <summary>The client's counters.</summary>
    public AccountCounters Used => Proxy.Ledger.Read(LedgerSide.Client, Client.Owner);

    /// <summary>The worker's counters.</summary>
    public AccountCounters Earned => Proxy.Ledger.Read(LedgerSide.Worker, Worker.Owner);

    public static async Task<Scene> StartAsync(TestProxy? proxy = null, int? oldest = 0, int? newest = 2, long tokens = 1_000_000)
    {
        proxy ??= await TestProxy.StartAsync();
        var worker = await RawPeer.WorkerAsync(proxy, oldest: oldest, newest: newest);
        return new Scene(proxy, await RawPeer.ClientAsync(proxy, oldest: oldest, newest: newest, tokens: tokens), worker);
    }

    public static byte[] Http(string body = Body, string path = "/v1/chat/completions") =>
        TlSerializer.Serialize(new HttpRequest("POST", path, "HTTP/1.1", [], System.Text.Encoding.UTF8.GetBytes(body)));

    public static ClientRunQueryEx Request(string body = Body, int cap = 1000, int tokens = 100, double timeout = 10, bool debug = false) =>
        new(TestProxy.Model, Http(body), cap, tokens, timeout, Bits256.Random(), 5, debug);

    public static TokensUsed Tokens(long total) => new(0, 0, total, 0, total);

    public static ProxyQueryFinalInfo Final(long total) => new(Tokens(total), null, null, null);

    public static byte[] Head() => TlSerializer.Serialize(new HttpResponse("HTTP/1.1", 200, "OK", [], default));

    /// <summary>The client asks; the id by which the worker was given the request.</summary>
    public async Task<Bits256> AskAsync(ClientRunQueryEx? request = null)
    {
        await Client.SendAsync(request ?? Request());
        return (await Worker.Inbox.NextAsync<ProxyRunQueryEx>()).RequestId;
    }

    /// <summary>The same, and the head of the answer has come.</summary>
    public async Task<Bits256> StreamAsync(ClientRunQueryEx? request = null)
    {
        var id = await AskAsync(request);
        await Worker.SendAsync(new ProxyQueryAnswerEx(id, Head(), null));
        (await Client.Inbox.NextAsync<ClientQueryAnswerEx>()).FinalInfo.ShouldBeNull();
        return id;
    }

    /// <summary>A request from beginning to end.</summary>
    public async Task<Bits256> ServeAsync(long tokens = 10, ClientRunQueryEx? request = null)
    {
        var id = await StreamAsync(request);
        await Worker.SendAsync(new ProxyQueryAnswerPartEx(id, default, Final(tokens)));
        (await Client.Inbox.NextAsync<ClientQueryAnswerPartEx>()).FinalInfo!.TokensUsed.TotalTokensUsed.ShouldBe(tokens);
        await Client.Inbox.NextAsync<ProxyClientRequestPayment>();
        await Worker.Inbox.NextAsync<ProxyWorkerRequestPayment>();
        return id;
    }

    public async Task<ClientQueryAnswerErrorEx> ErrorAsync(int code)
    {
        var error = await Client.Inbox.NextAsync<ClientQueryAnswerErrorEx>();
        error.ErrorCode.ShouldBe(code, error.Error);
        error.FinalInfo.ShouldNotBeNull();
        return error;
    }

    /// <summary>Announces the ledger's state and has the chain show it.</summary>
    public async Task CommitAsync() => Proxy.Sessions.ShowVouchers(Proxy.Ledger.ConfirmCommit(await Proxy.Ledger.BeginCommitAsync()).ShouldNotBeNull());

    /// <summary>The same, and both sides have taken the vouchers that come of it.</summary>
    public async Task CommitAndTakeAsync()
    {
        await CommitAsync();
        await Worker.Inbox.NextAsync<ProxySignedPayment>();
        await Client.Inbox.NextAsync<ProxySignedPayment>();
    }

    /// <summary>No request holds anything any more, at either side.</summary>
    public async Task NothingRunsAsync()
    {
        await Some.UntilAsync(() => Used.Running == 0 && Proxy.Pool.Snapshot().Values.SelectMany(workers => workers).Sum(worker => worker.Running) == 0);
        Used.Reserved.ShouldBe(AdjustedTokens.Zero);
    }

    public async ValueTask DisposeAsync()
    {
        // The worker first: what still runs there ends with it, and the client's session waits for that.
        await Worker.DisposeAsync();
        await Client.DisposeAsync();
        await Proxy.DisposeAsync();
    }
}
