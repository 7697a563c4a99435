using System.Diagnostics.CodeAnalysis;

namespace Cocoon.Contracts.Registry;

/// <summary>A proxy that the registry's owner lists.</summary>
/// <param name="Seqno">Its number, given in order of registration and never reused.</param>
/// <param name="WorkerEndpoint">Where workers connect.</param>
/// <param name="ClientEndpoint">Where clients connect.</param>
public sealed record RegisteredProxy(uint Seqno, ProxyEndpoint WorkerEndpoint, ProxyEndpoint ClientEndpoint)
{
    /// <summary>The text the registry holds: one endpoint if both are the same, else the workers', a space and the clients'.</summary>
    public string Description => WorkerEndpoint == ClientEndpoint ? WorkerEndpoint.ToString() : $"{WorkerEndpoint} {ClientEndpoint}";

    /// <summary>Reads the text the registry holds.</summary>
    public static bool TryParse(uint seqno, string description, [NotNullWhen(true)] out RegisteredProxy? proxy)
    {
        ArgumentNullException.ThrowIfNull(description);
        proxy = null;
        var space = description.IndexOf(' ', StringComparison.Ordinal);
        var worker = space < 0 ? description : description[..space];
        var client = space < 0 ? description : description[(space + 1)..];
        if (!ProxyEndpoint.TryParse(worker, out var workerEndpoint) || !ProxyEndpoint.TryParse(client, out var clientEndpoint))
            return false;
        proxy = new RegisteredProxy(seqno, workerEndpoint, clientEndpoint);
        return true;
    }
}
