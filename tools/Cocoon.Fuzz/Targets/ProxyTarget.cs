using System.Collections.Concurrent;
using System.Text;
using Cocoon.Attestation;
using Cocoon.Contracts.Economics;
using Cocoon.Cryptography;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Tl;
using Cocoon.Protocol.Sessions;
using Cocoon.Proxy.Ledger;
using Cocoon.Proxy.Sessions;
using Cocoon.Proxy.Tests;
using Cocoon.Testing;
using Cocoon.Ton;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cocoon.Fuzz.Targets;

/// <summary>What both sides of a proxy have in common: the proxy itself, and a good worker and a good client beside the attack.</summary>
internal abstract class ProxyTarget : Target
{
    protected const string GoodModel = "good@1:2";
    private const int GoodWorkerNumber = 20;
    private const int GoodClientNumber = 21;
    private const long Credit = 1L << 50;

    protected static readonly byte[] Secret = Encoding.UTF8.GetBytes("open sesame");
    protected static readonly byte[] Request = TlSerializer.Serialize(new HttpRequest(
        "POST", "/v1/chat/completions", "HTTP/1.1", [new("Content-Type", "application/json")], Encoding.UTF8.GetBytes("""{"model":"good","messages":[]}""")));

    private readonly Lock _gate = new();
    private readonly List<ProxyRunQueryEx> _held = [];
    private readonly ConcurrentDictionary<Bits256, TaskCompletionSource<ITlObject>> _asked = new();
    private bool _holding;
    private PeerSessions _sessions = null!;
    private GoodPeer _worker = null!;

    protected TestProxy Proxy { get; private set; } = null!;

    protected GoodPeer Client { get; private set; } = null!;

    public override async Task ClosingAsync()
    {
        ProxyRunQueryEx[] held;
        lock (_gate)
        {
            held = [.. _held];
            _held.Clear();
            _holding = false;
        }
        foreach (var request in held) await AnswerAsync(_worker, request);
    }

    public override async Task CheckAsync()
    {
        // The good peers' connections outlast many others; standing still, their rates would never allow them more.
        Proxy.Time.Advance(TimeSpan.FromSeconds(1));
        await using var client = await DialClientAsync(Serve(client: true, out _));
        await client.AskAsync(new ClientUpdatePaymentStatus());
        var types = await client.AskAsync(new ClientGetWorkerTypesV2());
        if (!types.Types.Any(type => type.Name == "good")) throw new FuzzException("the good worker is no longer offered");
        var request = Bits256.Random();
        await client.SendAsync(Ask("good", request));
        if (await Answered(request).WaitAsync(Patience) is not ClientQueryAnswerPartEx { FinalInfo: not null })
            throw new FuzzException("a good client's request failed");
        await UntilAsync(() => !Accounts().Any(counters => counters.Reserved.Value != 0 || counters.Running != 0), "tokens stay reserved that no request uses");
        if (Accounts().Any(counters => counters.Max.Value < counters.Stored.Value || counters.Stored.Value < counters.Committed.Value || counters.Committed.Value < 0))
            throw new FuzzException("the ledger's counters are out of order");
    }

    public override async ValueTask DisposeAsync()
    {
        await _worker.DisposeAsync();
        await Client.DisposeAsync();
        Proxy.Stop();
        await Proxy.DisposeAsync();
    }

    protected async Task StartAsync()
    {
        Proxy = await TestProxy.StartAsync(options => options.CheckWorkerHashes = false);
        _sessions = new PeerSessions(Proxy.Core, NullLogger<Session>.Instance);
        Proxy.PutClient(Some.Address(GoodClientNumber), Credit, Bits256.Sha256(Secret));
        _worker = await GoodPeer.DialAsync(Serve(client: false, out _), Proxy.Time, HeardByWorkerAsync);
        await _worker.AskAsync(new WorkerConnectToProxy(Worker(GoodWorkerNumber, GoodModel)));
        await _worker.AskAsync(new WorkerCompareBalanceWithProxy(0, 0, 0));
        await _worker.AskAsync(new WorkerProxyHandshakeComplete(false));
        // It gets requests from when that answer is out, which is a moment after it has it.
        await UntilAsync(() => Proxy.Worker(Some.Address(GoodWorkerNumber)).Enabled, "the good worker is not taken on");
        Client = await DialClientAsync(Serve(client: true, out _));
    }

    /// <summary>The far end of a connection that the proxy serves.</summary>
    protected System.IO.Pipelines.IDuplexPipe Serve(bool client, out Task serving)
    {
        var pipes = new DuplexPipePair();
        var evidence = PeerEvidence.Unattested(default);
        serving = client ? _sessions.ServeClientAsync(pipes.Left, evidence, new FuzzExchange(), default) : _sessions.ServeWorkerAsync(pipes.Left, evidence, new FuzzExchange(), default);
        return pipes.Right;
    }

    /// <summary>Lets the good worker keep requests until the attacking connection closes.</summary>
    protected void Hold()
    {
        lock (_gate) _holding = true;
    }

    protected HostileLink Attack(bool client) => new(Serve(client, out var serving), serving);

    protected static ClientRunQueryEx Ask(string model, Bits256 id) => new(model, Request, 4000, 1000, 60, id, 5, false);

    protected static ClientParams Known(int number, int newest = 2) => new(Text(number), true, 0, newest);

    protected static WorkerParams Worker(int number, string model, int newest = 2) => new(Text(number), model, 1000, true, 1, 1000, 0, newest);

    protected static string Text(int number) => Some.Address(number).ToFriendly(bounceable: false, testnet: false);

    protected Task<ITlObject> Answered(Bits256 request) =>
        _asked.GetOrAdd(request, _ => new TaskCompletionSource<ITlObject>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    protected void PutClient(int number, Bits256 secretHash) => Proxy.PutClient(Some.Address(number), Credit, secretHash);

    private async Task<GoodPeer> DialClientAsync(System.IO.Pipelines.IDuplexPipe pipe)
    {
        var client = await GoodPeer.DialAsync(pipe, Proxy.Time, HeardByClientAsync);
        await client.AskAsync(new ClientConnectToProxy(Known(GoodClientNumber), 5));
        await client.AskAsync(new ClientAuthorizeWithProxyShort(Secret));
        return client;
    }

    private IEnumerable<AccountCounters> Accounts() =>
        Enum.GetValues<LedgerSide>().SelectMany(side => Proxy.Ledger.Owners(side).Select(owner => Proxy.Ledger.Read(side, owner)));

    private async Task HeardByWorkerAsync(GoodPeer worker, ITlObject message)
    {
        if (message is not ProxyRunQueryEx request) return;
        lock (_gate)
        {
            if (_holding)
            {
                _held.Add(request);
                return;
            }
        }
        await AnswerAsync(worker, request);
    }

    private Task HeardByClientAsync(GoodPeer client, ITlObject message)
    {
        var last = message switch
        {
            ClientQueryAnswerEx { FinalInfo: not null } answer => answer.RequestId,
            ClientQueryAnswerPartEx { FinalInfo: not null } part => part.RequestId,
            ClientQueryAnswerErrorEx error => error.RequestId,
            _ => default(Bits256?),
        };
        if (last is { } id && _asked.TryRemove(id, out var waiting)) waiting.TrySetResult(message);
        return Task.CompletedTask;
    }

    private static async Task AnswerAsync(GoodPeer worker, ProxyRunQueryEx request)
    {
        var head = new HttpResponse("HTTP/1.1", 200, "OK", [new HttpHeader("Content-Type", "application/json")], default);
        await worker.SendAsync(new ProxyQueryAnswerEx(request.RequestId, TlSerializer.Serialize(head), null));
        await worker.SendAsync(new ProxyQueryAnswerPartEx(request.RequestId, "{}"u8.ToArray(), new ProxyQueryFinalInfo(new TokensUsed(3, 0, 4, 0, 7), null, 1, 2)));
    }
}
