using Cocoon.Protocol.Tl;
using Cocoon.Proxy.Relay;
using Cocoon.Ton;

namespace Cocoon.Proxy.Tests;

/// <summary>A client's end of a link that a test reads, slows down or breaks.</summary>
internal sealed class FakeClient(TonAddress owner, int version) : IClientLink
{
    public TonAddress Owner { get; } = owner;

    public int ProtocolVersion { get; } = version;

    public Inbox Inbox { get; } = new();

    /// <summary>Runs before a message is taken.</summary>
    public Func<ITlObject, CancellationToken, Task>? OnSend { get; set; }

    public async ValueTask SendAsync(ITlObject message, CancellationToken cancellationToken)
    {
        if (OnSend is { } hook) await hook(message, cancellationToken);
        Inbox.Add(message);
    }
}
