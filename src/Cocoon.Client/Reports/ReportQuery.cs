using Cocoon.Client.Gateway;
using Cocoon.Cryptography;
using Cocoon.Protocol.Sessions;
using Microsoft.AspNetCore.Http;

namespace Cocoon.Client.Reports;

/// <summary>What a caller wants a report of.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Nonce">The caller's nonce; null to have one made.</param>
/// <param name="Worker">The key of the worker; zero for any.</param>
internal sealed record ReportQuery(string Model, Bits256? Nonce, Bits256 Worker)
{
    private const int MaxModelName = 512;
    private static readonly string[] Parameters = ["model", "nonce", "worker"];

    /// <exception cref="GatewayException">A parameter is missing or wrong.</exception>
    public static ReportQuery Read(IQueryCollection query)
    {
        foreach (var (name, values) in query)
        {
            if (!Parameters.Contains(name))
                throw Invalid($"There is no parameter '{PeerText.Clean(name)}'. Parameters: {string.Join(", ", Parameters)}.", null);
            if (values.Count != 1)
                throw Invalid($"The parameter '{name}' was given {values.Count} times, wanted once.", name);
        }
        var model = query["model"].ToString();
        if (model.Length is 0 or > MaxModelName)
            throw Invalid($"The parameter 'model' has {model.Length} characters, wanted 1 to {MaxModelName}: the name of a model that /v1/models lists.", "model");
        return new ReportQuery(model, Hex(query, "nonce"), Hex(query, "worker") ?? Bits256.Zero);
    }

    private static Bits256? Hex(IQueryCollection query, string name)
    {
        if (!query.TryGetValue(name, out var values)) return null;
        var text = values.ToString();
        return Bits256.TryParse(text, out var value)
            ? value
            : throw Invalid($"The parameter '{name}' is {text.Length} characters, wanted {2 * Bits256.Size} hexadecimal digits.", name);
    }

    private static GatewayException Invalid(string message, string? parameter) => new(OpenAiError.Invalid(message, parameter));
}
