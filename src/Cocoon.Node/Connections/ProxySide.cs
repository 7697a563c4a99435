namespace Cocoon.Node.Connections;

/// <summary>Which of a proxy's two ports a node dials.</summary>
public enum ProxySide
{
    /// <summary>The port for workers.</summary>
    Worker,

    /// <summary>The port for clients.</summary>
    Client,
}
