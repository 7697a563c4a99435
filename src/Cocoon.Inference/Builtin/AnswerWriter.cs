using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Cocoon.Inference.Builtin;

/// <summary>Writes the JSON documents and SSE frames of OpenAI's completions into one reused buffer.</summary>
internal sealed class AnswerWriter : IDisposable
{
    private static readonly JsonEncodedText IdName = JsonEncodedText.Encode("id");
    private static readonly JsonEncodedText ContentName = JsonEncodedText.Encode("content");

    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private readonly Utf8JsonWriter _json;
    private readonly JsonEncodedText _id;
    private readonly JsonEncodedText _model;
    private readonly bool _chat;
    private readonly bool _includeUsage;
    private readonly long _created;

    public AnswerWriter(string id, string model, long created, bool chat, bool includeUsage)
    {
        _id = JsonEncodedText.Encode(id);
        _model = JsonEncodedText.Encode(model, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        _created = created;
        _chat = chat;
        _includeUsage = includeUsage;
        _json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
    }

    /// <summary>The bytes of the last frame or document; valid until the next one is written.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.WrittenMemory;

    /// <summary>The first frame of a chat answer: who speaks.</summary>
    public void WriteRole(int choice)
    {
        StartFrame();
        StartChoice(choice);
        _json.WriteStartObject("delta"u8);
        _json.WriteString("role"u8, "assistant"u8);
        _json.WriteString(ContentName, ""u8);
        _json.WriteEndObject();
        EndChoice(null);
        EndFrame();
    }

    /// <summary>A frame with text, or with the reason of the end, or (text completions) with both.</summary>
    public void WriteText(int choice, ReadOnlySpan<byte> text, string? finishReason)
    {
        StartFrame();
        StartChoice(choice);
        if (_chat)
        {
            _json.WriteStartObject("delta"u8);
            if (finishReason is null)
                _json.WriteString(ContentName, text);
            _json.WriteEndObject();
        }
        else
        {
            _json.WriteString("text"u8, text);
        }
        EndChoice(finishReason);
        EndFrame();
    }

    /// <summary>The frame with the token counts, which has no choices.</summary>
    public void WriteUsageFrame(TokenUsage usage)
    {
        StartFrame();
        _json.WriteEndArray();
        WriteUsage(usage);
        _json.WriteEndObject();
        FinishFrame();
    }

    /// <summary>The last frame.</summary>
    public void WriteDone()
    {
        _buffer.Clear();
        _buffer.Write("data: [DONE]\n\n"u8);
    }

    /// <summary>Starts the document of an answer that is not streamed.</summary>
    public void StartDocument()
    {
        _buffer.Clear();
        _json.Reset();
        WriteHead(_chat ? "chat.completion"u8 : "text_completion"u8);
    }

    /// <summary>Adds an answer to the document.</summary>
    public void WriteChoice(int choice, ReadOnlySpan<byte> text, string finishReason)
    {
        StartChoice(choice);
        if (_chat)
        {
            _json.WriteStartObject("message"u8);
            _json.WriteString("role"u8, "assistant"u8);
            _json.WriteString(ContentName, text);
            _json.WriteNull("refusal"u8);
            _json.WriteEndObject();
        }
        else
        {
            _json.WriteString("text"u8, text);
        }
        EndChoice(finishReason);
    }

    /// <summary>Ends the document.</summary>
    public void EndDocument(TokenUsage usage)
    {
        _json.WriteEndArray();
        WriteUsage(usage);
        _json.WriteEndObject();
        _json.Flush();
    }

    /// <summary>Overwrites the text.</summary>
    public void Dispose()
    {
        _json.Dispose();
        _buffer.Clear();
    }

    private void StartFrame()
    {
        _buffer.Clear();
        _buffer.Write("data: "u8);
        _json.Reset();
        WriteHead(_chat ? "chat.completion.chunk"u8 : "text_completion"u8);
    }

    private void WriteHead(ReadOnlySpan<byte> kind)
    {
        _json.WriteStartObject();
        _json.WriteString(IdName, _id);
        _json.WriteString("object"u8, kind);
        _json.WriteNumber("created"u8, _created);
        _json.WriteString("model"u8, _model);
        _json.WriteStartArray("choices"u8);
    }

    private void StartChoice(int choice)
    {
        _json.WriteStartObject();
        _json.WriteNumber("index"u8, choice);
    }

    private void EndChoice(string? finishReason)
    {
        _json.WriteNull("logprobs"u8);
        if (finishReason is null)
            _json.WriteNull("finish_reason"u8);
        else
            _json.WriteString("finish_reason"u8, finishReason);
        _json.WriteEndObject();
    }

    private void EndFrame()
    {
        _json.WriteEndArray();
        if (_includeUsage)
            _json.WriteNull("usage"u8);
        _json.WriteEndObject();
        FinishFrame();
    }

    private void FinishFrame()
    {
        _json.Flush();
        _buffer.Write("\n\n"u8);
    }

    private void WriteUsage(TokenUsage usage)
    {
        _json.WriteStartObject("usage"u8);
        _json.WriteNumber("prompt_tokens"u8, usage.PromptTokens);
        _json.WriteNumber("completion_tokens"u8, usage.CompletionTokens);
        _json.WriteNumber("total_tokens"u8, usage.PromptTokens + usage.CompletionTokens);
        _json.WriteStartObject("prompt_tokens_details"u8);
        _json.WriteNumber("cached_tokens"u8, usage.CachedTokens);
        _json.WriteEndObject();
        _json.WriteStartObject("completion_tokens_details"u8);
        _json.WriteNumber("reasoning_tokens"u8, usage.ReasoningTokens);
        _json.WriteEndObject();
        _json.WriteEndObject();
    }
}
