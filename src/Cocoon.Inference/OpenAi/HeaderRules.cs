using System.Buffers;

namespace Cocoon.Inference.OpenAi;

/// <summary>Which headers pass between a caller and a server behind the engine. Names are compared without regard to case.</summary>
internal static class HeaderRules
{
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>About one connection, not the message (RFC 9110 §7.6.1), or set by whoever writes the next message.</summary>
    private static readonly HashSet<string> Connection = new(StringComparer.OrdinalIgnoreCase)
    {
        "connection", "proxy-connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "content-length",
        "proxy-authenticate", "proxy-authorization",
    };

    /// <summary>Secrets of the caller, and what only this hop decides. A compressed answer could not be metered.</summary>
    private static readonly HashSet<string> RequestOnly = new(StringComparer.OrdinalIgnoreCase)
    {
        "host", "expect", "accept-encoding", "authorization", "cookie", "x-api-key", "api-key",
    };

    public static bool PassesInRequest(string name, string value, HashSet<string>? named) =>
        Passes(name, value, named) && !RequestOnly.Contains(name);

    public static bool PassesInResponse(string name, string value, HashSet<string>? named) =>
        Passes(name, value, named) && !name.Equals("set-cookie", StringComparison.OrdinalIgnoreCase);

    /// <summary>The headers that Connection headers name as being about the connection, or null for none.</summary>
    public static HashSet<string>? NamedByConnection(IEnumerable<KeyValuePair<string, string>> headers)
    {
        HashSet<string>? named = null;
        foreach (var (name, value) in headers)
        {
            if (!name.Equals("connection", StringComparison.OrdinalIgnoreCase))
                continue;
            named ??= new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            named.UnionWith(value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        }
        return named;
    }

    private static bool Passes(string name, string value, HashSet<string>? named) =>
        name.Length > 0 && !name.AsSpan().ContainsAnyExcept(TokenCharacters) && !value.AsSpan().ContainsAny('\r', '\n', '\0')
        && !Connection.Contains(name) && named?.Contains(name) != true;
}
