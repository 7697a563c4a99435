namespace Cocoon.Node.Connections;

/// <summary>Which peer a connection is dialled for, wherever its bytes go first: a feature of dialled connections.</summary>
/// <param name="Host">An address or a name.</param>
/// <param name="Port">A TCP port.</param>
public sealed record PeerTarget(string Host, int Port)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Host}:{Port}";
}
