using Cocoon.Node.Configuration;

namespace Cocoon.Node.Tests;

/// <summary>A role without settings of its own but one.</summary>
internal sealed class TestNodeOptions : NodeOptions
{
    public List<int> Ports { get; set; } = [];
}
