namespace Cocoon.Devnet.Http;

/// <summary>A request that is answered with an error: the HTTP status and what the caller reads.</summary>
internal sealed class ApiException(int code, string message) : Exception(message)
{
    public int Code { get; } = code;
}
