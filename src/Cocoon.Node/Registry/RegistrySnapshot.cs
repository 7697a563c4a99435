using Cocoon.Contracts.Registry;

namespace Cocoon.Node.Registry;

/// <summary>The registry as it was read at one moment.</summary>
/// <param name="Registry">What the root contract holds.</param>
/// <param name="ReadAt">When it was last confirmed.</param>
public sealed record RegistrySnapshot(NetworkRegistry Registry, DateTimeOffset ReadAt);
