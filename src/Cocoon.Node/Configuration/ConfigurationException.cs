namespace Cocoon.Node.Configuration;

/// <summary>The configuration cannot be used; the message lists every problem, one a line.</summary>
public sealed class ConfigurationException(string message) : Exception(message);
