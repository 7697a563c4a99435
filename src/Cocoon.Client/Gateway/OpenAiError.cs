using Cocoon.Protocol.Sessions;

namespace Cocoon.Client.Gateway;

/// <summary>What the gateway tells a caller when it cannot serve a request: an HTTP status and OpenAI's error object.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Message">The cause and the next step.</param>
/// <param name="Type">OpenAI's error type.</param>
/// <param name="Param">The request field it is about, if any.</param>
/// <param name="Code">A stable code for programs.</param>
internal sealed record OpenAiError(int Status, string Message, string Type, string? Param, string Code)
{
    /// <summary>After how many seconds another attempt makes sense, if it does.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>The method that is allowed where another was used.</summary>
    public string? Allow { get; init; }

    public static OpenAiError Invalid(string message, string? param = null, string code = "invalid_value") =>
        new(400, message, "invalid_request_error", param, code);

    public static OpenAiError TooLarge(long limit) => new(
        413, $"The request body is larger than {limit} bytes. Send a smaller one, or raise MaxRequestBytes.", "invalid_request_error", null,
        "request_too_large");

    public static OpenAiError SlowUpload() =>
        new(408, "The request body came too slowly. Send it again.", "invalid_request_error", null, "request_timeout");

    public static OpenAiError Unauthorized() => new(
        401, "The API key is missing or wrong. Send 'Authorization: Bearer <GatewayApiKey>'.", "authentication_error", null, "invalid_api_key");

    public static OpenAiError WebPage() => new(
        403,
        "The request comes from a web page (it has an Origin or Sec-Fetch-Site header), which could spend this client's money unasked. "
        + "Set GatewayApiKey and send it as 'Authorization: Bearer', or call from a program.",
        "permission_error", null, "web_page_refused");

    public static OpenAiError WrongHost(string host) => new(
        421,
        $"The Host is '{host}', wanted localhost or a loopback address: a web page could give this computer another name. "
        + "Use http://127.0.0.1, or set GatewayApiKey.",
        "invalid_request_error", null, "wrong_host");

    public static OpenAiError NoSuchPath(string path) => new(
        404, $"There is nothing at {path}. Paths: /v1/chat/completions, /v1/completions, /v1/models, /v1/models/{{id}}, /v1/attestation/report, /health.",
        "invalid_request_error", null, "unknown_url");

    public static OpenAiError WrongMethod(string method, string wanted) =>
        new(405, $"The method is {method}, wanted {wanted}.", "invalid_request_error", null, "method_not_allowed") { Allow = wanted };

    public static OpenAiError UnknownModel(string model, IReadOnlyCollection<string> known) => new(
        404,
        known.Count == 0
            ? $"The model '{model}' does not exist; no worker serves any model right now. Try again later."
            : $"The model '{model}' does not exist. Models: {string.Join(", ", known.Order(StringComparer.Ordinal).Take(50))}.",
        "invalid_request_error", "model", "model_not_found");

    public static OpenAiError NoMoney(string message, string code = "insufficient_quota") => new(402, message, "insufficient_quota", null, code);

    public static OpenAiError Unavailable(string message, string code, int retryAfterSeconds = 5) =>
        new(503, message, "service_unavailable_error", null, code) { RetryAfterSeconds = retryAfterSeconds };

    public static OpenAiError TimedOut(string message) => new(504, message, "timeout_error", null, "timeout");

    public static OpenAiError Upstream(string message, string code = "upstream_error") => new(502, message, "api_error", null, code);

    /// <summary>A peer's evidence is not what the client's policy or the registry wants.</summary>
    public static OpenAiError EvidenceRefused(string role, string reason) => Upstream(
        $"The {role}'s evidence for this nonce was refused: {PeerText.Clean(reason)} Do not trust answers of this {role} before that is explained.", "evidence_refused");

    public static OpenAiError Internal() => new(
        500, "The gateway failed on this request; its log says why. Report it if it happens again.", "api_error", null, "internal_error");
}
