using System.Buffers;
using System.Text.Json;
using Cocoon.Node.Admin;
using Microsoft.AspNetCore.Http;

namespace Cocoon.Client.Gateway;

/// <summary>Writes errors in OpenAI's shape.</summary>
internal static class ErrorJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = NodeJson.Options.Encoder };

    public static ReadOnlyMemory<byte> Serialize(OpenAiError error)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, Options);
        json.WriteStartObject();
        json.WriteStartObject("error");
        json.WriteString("message", error.Message);
        json.WriteString("type", error.Type);
        json.WriteString("param", error.Param);
        json.WriteString("code", error.Code);
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>Answers a request whose response has not started.</summary>
    public static async Task WriteAsync(HttpContext context, OpenAiError error)
    {
        var response = context.Response;
        response.Clear();
        response.StatusCode = error.Status;
        response.ContentType = "application/json";
        if (error.RetryAfterSeconds is { } seconds)
            response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (error.Allow is { } method)
            response.Headers.Allow = method;
        if (error.Status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = "Bearer";
        var body = Serialize(error);
        response.ContentLength = body.Length;
        await response.BodyWriter.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>An error as an event of a stream that has already begun; the blank line first ends whatever event was cut off.</summary>
    public static byte[] ToServerSentEvent(OpenAiError error) => [.. "\n\ndata: "u8, .. Serialize(error).Span, .. "\n\n"u8];
}
