using System.Threading.Channels;
using Cocoon.Cryptography;
using Cocoon.Protocol.Sessions;

namespace Cocoon.Proxy.Relay;

/// <summary>
/// One request as it runs on one worker: the worker's messages go in, the relay takes them out in order. At most
/// <c>maxBufferedBytes</c> wait inside, so that a client that reads slowly costs bounded memory and does not hold up others.
/// </summary>
internal sealed class WorkerTask(int maxBufferedBytes)
{
    // Bounds the number of tiny or empty parts, which bytes alone would not.
    private const int MaxBufferedEvents = 65_536;

    private readonly Channel<WorkerEvent> _events = Channel.CreateBounded<WorkerEvent>(MaxBufferedEvents);
    private int _buffered;
    private bool _headSeen;

    /// <summary>The id the worker knows the request by.</summary>
    public Bits256 Id { get; } = Bits256.Random();

    /// <summary>Takes a message of the worker; called in the order they came.</summary>
    public void Offer(WorkerEvent happened)
    {
        var length = happened.Bytes.Length;
        var outOfOrder = happened.Kind switch
        {
            WorkerEventKind.Head => _headSeen,
            WorkerEventKind.Part => !_headSeen,
            _ => false,
        };
        _headSeen |= happened.Kind == WorkerEventKind.Head;
        if (outOfOrder)
            happened = WorkerEvent.Lost("out of order answer parts", ErrorCodes.ProtocolViolation);
        // What comes while nothing waits is taken whatever its size: no packet is larger than the network allows.
        else if (Interlocked.Add(ref _buffered, length) is var buffered && buffered > length && buffered > maxBufferedBytes)
            happened = WorkerEvent.Lost($"the client reads too slowly: more than {maxBufferedBytes} bytes wait for it");
        if (!_events.Writer.TryWrite(happened) || happened.IsLast)
            _events.Writer.TryComplete();
    }

    /// <summary>The worker's connection has ended.</summary>
    public void Lose() => Offer(WorkerEvent.Lost("the connection to the worker was lost"));

    /// <summary>The next message; waits for it.</summary>
    public async ValueTask<WorkerEvent> ReadAsync(CancellationToken cancellationToken)
    {
        if (!await _events.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false) || !_events.Reader.TryRead(out var happened))
            return WorkerEvent.Lost("too many answer parts wait for the client");
        Interlocked.Add(ref _buffered, -happened.Bytes.Length);
        return happened;
    }
}
