using Cocoon.Protocol.Tl;
using Cocoon.Ton;

namespace Cocoon.Proxy.Relay;

/// <summary>The way back to the client that asked.</summary>
public interface IClientLink
{
    /// <summary>The client's owner address.</summary>
    TonAddress Owner { get; }

    /// <summary>The protocol version agreed on; it decides which constructors answers use.</summary>
    int ProtocolVersion { get; }

    /// <summary>Sends a one-way message; waits while the client reads slowly.</summary>
    ValueTask SendAsync(ITlObject message, CancellationToken cancellationToken);
}
