using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Cocoon.Contracts.Registry;

/// <summary>Where a proxy listens.</summary>
/// <param name="Host">An IPv4 address or a host name of ASCII letters, digits and hyphens, at most 253 characters.</param>
/// <param name="Port">The TCP port, 1 to 65535.</param>
public sealed record ProxyEndpoint(string Host, ushort Port)
{
    /// <summary>
    /// Reads <c>host:port</c>, with or without square brackets around the host or the whole. IPv6 addresses are refused, as the
    /// registry's format has no place for them.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out ProxyEndpoint? endpoint)
    {
        endpoint = null;
        text = WithoutBrackets(text);
        var colon = text.LastIndexOf(':');
        if (colon < 0)
            return false;
        var host = WithoutBrackets(text[..colon]);
        var digits = text[(colon + 1)..];
        // The number parser alone would let trailing zero characters pass.
        if (digits.ContainsAnyExceptInRange('0', '9') || !ushort.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port == 0 || !IsHost(host))
            return false;
        endpoint = new ProxyEndpoint(host.ToString(), port);
        return true;
    }

    /// <summary><c>host:port</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");

    private static ReadOnlySpan<char> WithoutBrackets(ReadOnlySpan<char> text) => text is ['[', .. var inner, ']'] ? inner : text;

    private static bool IsHost(ReadOnlySpan<char> host)
    {
        if (host.Length is 0 or > 253)
            return false;
        var lastLabel = host[(host.LastIndexOf('.') + 1)..];
        // A name whose last label is a number is a mistyped address (RFC 1123, section 2.1), which must be four plain numbers.
        if (!lastLabel.ContainsAnyExceptInRange('0', '9'))
            return host.Count('.') == 3 && IPAddress.TryParse(host, out var address)
                && address.AddressFamily == AddressFamily.InterNetwork && host.SequenceEqual(address.ToString());
        foreach (var range in host.Split('.'))
        {
            var label = host[range];
            if (label.Length is 0 or > 63 || label[0] == '-' || label[^1] == '-')
                return false;
            foreach (var c in label)
                if (!char.IsAsciiLetterOrDigit(c) && c != '-')
                    return false;
        }
        return true;
    }
}
