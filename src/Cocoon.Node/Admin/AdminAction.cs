namespace Cocoon.Node.Admin;

/// <summary>
/// Something an operator can make a node do. Arguments come from the query string; the result is serialised to JSON.
/// An <see cref="InvalidOperationException"/>, <see cref="IOException"/> or <see cref="FormatException"/> is answered with its message.
/// </summary>
public delegate Task<object> AdminAction(IReadOnlyDictionary<string, string> arguments, CancellationToken cancellationToken);
