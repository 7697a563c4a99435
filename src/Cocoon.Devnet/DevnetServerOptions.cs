using Cocoon.Devnet.Chain;
using Cocoon.Devnet.Executor;

namespace Cocoon.Devnet;

/// <summary>How to run a devnet in this process.</summary>
public sealed class DevnetServerOptions
{
    /// <summary>The folder that keeps the chain; made when absent.</summary>
    public required string Folder { get; init; }

    /// <summary>The TCP port on the loopback interface, 0 to 65535; 0 takes a free one. Default: 0.</summary>
    public int Port { get; init; }

    /// <summary>How often messages are put into a block. Default and range: <see cref="DevnetOptions.BlockInterval"/>.</summary>
    public TimeSpan BlockInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How Node.js is run.</summary>
    public NodeSandboxOptions Executor { get; init; } = new();
}
