using System.Collections.Immutable;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Tl;

namespace Cocoon.Fuzz;

/// <summary>A role of the network, real but for its chain and its engine, with its sessions' states and the messages they know.</summary>
internal abstract class Target : IAsyncDisposable
{
    /// <summary>How long what must happen may take; it only says when to give up.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public abstract string Role { get; }

    /// <summary>The states of its session, in the order in which a good peer passes through them.</summary>
    public abstract ImmutableArray<string> States { get; }

    /// <summary>Every message that one side or the other sends in this session, well-formed.</summary>
    public IReadOnlyList<Sample> Samples { get; protected set; } = [];

    /// <summary>A new connection, brought into a state.</summary>
    public abstract Task<HostileLink> OpenAsync(string state);

    /// <summary>Called when a connection has been closed from the outside, before the role's side must have ended.</summary>
    public virtual Task ClosingAsync() => Task.CompletedTask;

    /// <summary>Checks that a good peer is served and that the role's books are right.</summary>
    /// <exception cref="Exception">It is not, or they are not.</exception>
    public abstract Task CheckAsync();

    public abstract ValueTask DisposeAsync();

    protected static Sample Query(ITlObject function) => new(PacketKind.Query, TlSerializer.Serialize(function));

    protected static Sample Message(ITlObject message) => new(PacketKind.Message, TlSerializer.Serialize(message));

    protected static Sample Answer(ITlObject result) => new(PacketKind.Answer, TlSerializer.Serialize(result));

    protected static Sample Bare(ITlObject packet) => new(PacketKind.Bare, TlSerializer.Serialize(packet));

    /// <summary>What every session knows.</summary>
    protected static Sample[] Common() =>
    [
        Bare(new TcpConnect(1)), Bare(new TcpConnected(1)), Bare(new TcpPing(5)), Bare(new TcpPong(5)), Bare(new TcpQueryError(3, 651, "later")),
        Query(new TestQuery(1)), Answer(new TestAnswer(1)), Message(new TestAnswer(1)),
    ];

    protected static async Task UntilAsync(Func<bool> condition, string what)
    {
        using var guard = new CancellationTokenSource(Patience);
        while (!condition())
        {
            if (guard.IsCancellationRequested) throw new FuzzException(what);
            await Task.Yield();
        }
    }
}
