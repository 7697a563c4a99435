namespace Cocoon.Worker.Requests;

/// <summary>A request that no engine is asked; the message names the check and never quotes content.</summary>
internal sealed class InvalidRequestException(string message) : Exception(message);
