using Cocoon.Cryptography;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Tl;

namespace Cocoon.Proxy.Relay;

/// <summary>The way to one worker.</summary>
public interface IWorkerLink
{
    /// <summary>Sends a one-way message; waits while the worker reads slowly.</summary>
    ValueTask SendAsync(ITlObject message, CancellationToken cancellationToken);

    /// <summary>Asks the worker for its evidence for a nonce.</summary>
    /// <exception cref="Protocol.Sessions.SessionQueryException">The worker refused.</exception>
    /// <exception cref="TimeoutException">It did not answer in time.</exception>
    /// <exception cref="IOException">Its connection has ended.</exception>
    Task<AttestationEvidence> ProveAsync(Bits256 nonce, TimeSpan timeout, CancellationToken cancellationToken);
}
