namespace Cocoon.Inference;

/// <summary>An HTTP request for an engine.</summary>
/// <param name="Method">HTTP method.</param>
/// <param name="Url">Path and query, starting with '/'.</param>
/// <param name="Headers">Headers in order. Credentials and headers about the caller's connection are not passed on.</param>
/// <param name="Body">Whole body; must stay unchanged until the answer is disposed.</param>
public sealed record EngineRequest(string Method, string Url, IReadOnlyList<KeyValuePair<string, string>> Headers, ReadOnlyMemory<byte> Body)
{
    /// <summary>The request without its headers and body, which are private.</summary>
    public override string ToString() => $"{Method} {Url} ({Body.Length} bytes)";
}
