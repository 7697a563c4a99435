namespace Cocoon.Inference.Builtin;

/// <summary>A request that is refused; becomes an answer in OpenAI's error shape.</summary>
internal sealed class ApiException(int status, string type, string? code, string? parameter, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string Type { get; } = type;

    public string? Code { get; } = code;

    public string? Parameter { get; } = parameter;

    public static ApiException Invalid(string? parameter, string message, string? code = null) =>
        new(400, "invalid_request_error", code, parameter, message);
}
