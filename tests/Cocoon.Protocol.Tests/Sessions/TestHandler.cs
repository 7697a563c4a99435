using System.Threading.Channels;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Tests.Sessions;

/// <summary>Keeps what it is given; a test says what it answers.</summary>
internal sealed class TestHandler : ISessionHandler
{
    private readonly Channel<ITlObject> _messages = Channel.CreateUnbounded<ITlObject>();

    public Func<ITlObject, CancellationToken, ValueTask<ITlObject>> Query { get; init; } =
        (function, _) => throw new SessionQueryException(ErrorCodes.Error, $"{function} is not expected");

    public Func<ITlObject, CancellationToken, ValueTask> Message { get; init; } = (_, _) => default;

    public Session? Ready { get; private set; }

    public void OnReady(Session session) => Ready = session;

    public ValueTask<ITlObject> OnQueryAsync(ITlObject function, CancellationToken cancellationToken) => Query(function, cancellationToken);

    public async ValueTask OnMessageAsync(ITlObject message, CancellationToken cancellationToken)
    {
        _messages.Writer.TryWrite(message);
        await Message(message, cancellationToken);
    }

    public async Task<T> NextAsync<T>() => (T)await _messages.Reader.ReadAsync().AsTask().WaitAsync(TestPeer.Patience);

    public bool HasMore => _messages.Reader.TryPeek(out _);
}
