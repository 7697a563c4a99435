using Cocoon.Protocol.Tl;

namespace Cocoon.Proxy.Relay;

/// <summary>The way to one worker.</summary>
public interface IWorkerLink
{
    /// <summary>Sends a one-way message; waits while the worker reads slowly.</summary>
    ValueTask SendAsync(ITlObject message, CancellationToken cancellationToken);
}
