using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using Cocoon.Attestation;
using Cocoon.Cryptography;
using Cocoon.Protocol.Messages;
using Microsoft.AspNetCore.Http;

namespace Cocoon.Client.Gateway;

/// <summary>
/// Which headers cross the gateway: from the caller only a few harmless ones, back to the caller everything but framing and what acts on browsers.
/// </summary>
internal static class GatewayHeaders
{
    private const int MaxHeaders = 64;

    // Some callers take no more than 16 KiB of headers in all.
    private const int MaxTotalLength = 8 * 1024;
    private const string OurPrefix = "X-Cocoon-Client-";

    /// <summary>The header that names the evidence which an answer came under.</summary>
    public const string Evidence = "X-Cocoon-Evidence";

    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly FrozenSet<string> NotReturned = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
        "Content-Length", Evidence, "Set-Cookie", "Alt-Svc", "Strict-Transport-Security", "Clear-Site-Data", "Location", "Refresh");

    /// <summary>The headers of the request that travels to the worker.</summary>
    public static IEnumerable<KeyValuePair<string, string>> ToForward(IHeaderDictionary headers, int bodyLength)
    {
        yield return new("Content-Type", "application/json");
        if (headers.Accept.ToString() is { Length: > 0 and <= 256 } accept && IsValue(accept))
            yield return new("Accept", accept);
        yield return new("Content-Length", bodyLength.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>
    /// Copies a worker's headers to the response, leaving out what is malformed, too much, hop-by-hop, framing, or would act on whoever called:
    /// a browser, or a program that follows redirections.
    /// </summary>
    public static void CopyBack(IEnumerable<HttpHeader> headers, IHeaderDictionary target)
    {
        var all = headers.Take(MaxHeaders).ToArray();
        var named = all.Where(header => header.Name.Equals("Connection", StringComparison.OrdinalIgnoreCase))
            .SelectMany(header => header.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        var left = MaxTotalLength;
        foreach (var header in all)
        {
            if (header.Name.Length == 0 || header.Name.AsSpan().ContainsAnyExcept(TokenCharacters) || !IsValue(header.Value)
                || NotReturned.Contains(header.Name) || named.Contains(header.Name)
                || header.Name.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase)
                || header.Name.StartsWith(OurPrefix, StringComparison.OrdinalIgnoreCase)
                || (header.Name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase) && target.ContainsKey(header.Name)))
                continue;
            left -= header.Name.Length + header.Value.Length;
            if (left < 0)
                return;
            target.Append(header.Name, header.Value);
        }
    }

    /// <summary>
    /// What <see cref="Evidence"/> says, a list of structured fields (RFC 8941): the proxy as this client verified it, and the worker that answers as
    /// the proxy did, if it says so. About 500 characters at most.
    /// </summary>
    public static string Describe(PeerEvidence? proxy, ClientAnswerEvidence? worker)
    {
        var text = new StringBuilder("proxy;evidence=").Append((proxy?.Kind ?? EvidenceKind.None).Name());
        if (proxy is not null)
        {
            Append(text, "key", proxy.PublicKey.Bits);
            Append(text, "image", proxy.ImageHash);
        }
        if (worker is not null)
        {
            text.Append(", worker;evidence=").Append(worker.Evidence);
            Append(text, "key", worker.WorkerKey);
            Append(text, "image", worker.ImageHash);
            Append(text, "quote", worker.QuoteHash);
        }
        return text.ToString();
    }

    /// <summary>The first value of a header, or null.</summary>
    public static string? Find(IEnumerable<HttpHeader> headers, string name) =>
        headers.FirstOrDefault(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.Value;

    private static void Append(StringBuilder text, string name, Bits256 value)
    {
        if (value != Bits256.Zero) text.Append(CultureInfo.InvariantCulture, $";{name}=\"{value}\"");
    }

    private static bool IsValue(string value) => !value.AsSpan().ContainsAnyExceptInRange(' ', '~');
}
