using Cocoon.Cryptography;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Tl;
using Cocoon.Proxy.Relay;
using Cocoon.Proxy.Routing;
using Cocoon.Ton;

namespace Cocoon.Proxy.Tests;

/// <summary>A worker's end of a link; the test says what it answers.</summary>
internal sealed class FakeWorker(TonAddress owner) : IWorkerLink
{
    public TonAddress Owner { get; } = owner;

    public WorkerConnection Connection { get; set; } = null!;

    public Inbox Inbox { get; } = new();

    public Func<ITlObject, CancellationToken, Task>? OnSend { get; set; }

    public async ValueTask SendAsync(ITlObject message, CancellationToken cancellationToken)
    {
        if (OnSend is { } hook) await hook(message, cancellationToken);
        Inbox.Add(message);
    }

    public Task<AttestationEvidence> ProveAsync(Bits256 nonce, TimeSpan timeout, CancellationToken cancellationToken) =>
        throw new Protocol.Sessions.SessionQueryException(Protocol.Sessions.ErrorCodes.Error, "a fake proves nothing");

    public void Say(Bits256 request, WorkerEvent happened) => Connection.FindTask(request).ShouldNotBeNull().Offer(happened);

    public static WorkerEvent Head(TokensUsed? tokens = null, int status = 200) =>
        WorkerEvent.From(WorkerEventKind.Head, TlSerializer.Serialize(new HttpResponse("HTTP/1.1", status, "OK", [new HttpHeader("A", "b")], default)), tokens);

    public static WorkerEvent Part(string text, TokensUsed? tokens = null) =>
        WorkerEvent.From(WorkerEventKind.Part, System.Text.Encoding.UTF8.GetBytes(text), tokens);

    public static TokensUsed Used(long total) => new(total / 2, 0, total - total / 2, 0, total);
}
