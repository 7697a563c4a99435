using System.Buffers.Binary;
using System.Security.Cryptography;
using Cocoon.Ton;

namespace Cocoon.Proxy.Settlement;

/// <summary>Clients that prove who they are by sending a nonce through their contract: nonces given out, and which of them the chain has shown.</summary>
public sealed class Registrations
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, Entry> _entries = [];

    /// <summary>Gives out a nonce that nobody can guess, for one connection of <paramref name="client"/>.</summary>
    public ulong Issue(TonAddress client)
    {
        Span<byte> bytes = stackalloc byte[8];
        lock (_gate)
        {
            while (true)
            {
                RandomNumberGenerator.Fill(bytes);
                var nonce = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
                if (_entries.TryAdd(nonce, new Entry(client)))
                    return nonce;
            }
        }
    }

    /// <summary>Ends when the chain has shown the nonce, whether that came before or comes after.</summary>
    public Task WaitAsync(ulong nonce, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return _entries.TryGetValue(nonce, out var entry)
                ? entry.Seen.Task.WaitAsync(cancellationToken)
                : throw new InvalidOperationException("This nonce was never given out.");
        }
    }

    /// <summary>The chain has shown the nonce in a message of this client's own contract.</summary>
    public void Show(TonAddress client, ulong nonce)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(nonce, out var entry) && entry.Client == client)
                entry.Seen.TrySetResult();
        }
    }

    /// <summary>Forgets a nonce; its connection has ended or has been authorised.</summary>
    public void Forget(ulong nonce)
    {
        lock (_gate) _entries.Remove(nonce);
    }

    private sealed record Entry(TonAddress Client)
    {
        public TaskCompletionSource Seen { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
