using System.Threading.Channels;
using Cocoon.Protocol.Tl;

namespace Cocoon.Proxy.Tests;

/// <summary>What a peer received, as its bytes say it.</summary>
internal sealed class Inbox
{
    private readonly Channel<ITlObject> _messages = Channel.CreateUnbounded<ITlObject>();

    public bool IsEmpty => !_messages.Reader.TryPeek(out _);

    public bool TryNext([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ITlObject? message) => _messages.Reader.TryRead(out message);

    public void Add(ITlObject message) => _messages.Writer.TryWrite(TlSerializer.Deserialize(TlSerializer.Serialize(message)));

    public async Task<T> NextAsync<T>() => (await _messages.Reader.ReadAsync().AsTask().WaitAsync(Some.Patience)).ShouldBeOfType<T>();
}
