using Cocoon.Node.Configuration;

namespace Cocoon.Router.Tests;

/// <summary>A role behind a router.</summary>
internal sealed class TestNodeOptions : NodeOptions;
