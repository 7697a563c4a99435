namespace Cocoon.Fuzz;

/// <summary>A rule that every role keeps whatever is sent to it was broken.</summary>
internal sealed class FuzzException(string what, Exception? cause = null) : Exception(what, cause);
