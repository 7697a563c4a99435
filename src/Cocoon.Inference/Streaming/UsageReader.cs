using System.Text.Json;

namespace Cocoon.Inference.Streaming;

/// <summary>Finds the token counts in the <c>usage</c> objects of JSON values, token by token. Keeps the largest of each count.</summary>
internal struct UsageReader
{
    private Section _section;
    private Field _field;

    private enum Section : byte
    {
        None, Usage, PromptDetails, CompletionDetails,
    }

    private enum Field : byte
    {
        None, Usage, Prompt, PromptDetails, Cached, Completion, CompletionDetails, Reasoning,
    }

    public TokenUsage Usage { get; private set; }

    /// <summary>Forgets where it was; the counts stay.</summary>
    public void Restart() => (_section, _field) = (Section.None, Field.None);

    /// <summary>Looks at the token the reader stands on. Only unsigned integers count.</summary>
    public void Take(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName:
                _field = FieldOf(ref reader);
                return;
            case JsonTokenType.StartObject:
                _section = _field switch
                {
                    Field.Usage => Section.Usage,
                    Field.PromptDetails => Section.PromptDetails,
                    Field.CompletionDetails => Section.CompletionDetails,
                    _ => _section,
                };
                break;
            case JsonTokenType.EndObject when reader.CurrentDepth == 1:
                _section = Section.None;
                break;
            case JsonTokenType.EndObject when reader.CurrentDepth == 2 && _section != Section.None:
                _section = Section.Usage;
                break;
            case JsonTokenType.Number when _field != Field.None && reader.TryGetInt64(out var value) && value >= 0:
                Usage = TokenUsage.Max(Usage, _field switch
                {
                    Field.Prompt => new TokenUsage(value, 0, 0, 0),
                    Field.Cached => new TokenUsage(0, value, 0, 0),
                    Field.Completion => new TokenUsage(0, 0, value, 0),
                    Field.Reasoning => new TokenUsage(0, 0, 0, value),
                    _ => default,
                });
                break;
        }
        _field = Field.None;
    }

    private readonly Field FieldOf(ref Utf8JsonReader reader) => (_section, reader.CurrentDepth) switch
    {
        (Section.None, 1) when reader.ValueTextEquals("usage"u8) => Field.Usage,
        (Section.Usage, 2) when reader.ValueTextEquals("prompt_tokens"u8) => Field.Prompt,
        (Section.Usage, 2) when reader.ValueTextEquals("completion_tokens"u8) => Field.Completion,
        (Section.Usage, 2) when reader.ValueTextEquals("reasoning_tokens"u8) => Field.Reasoning,
        (Section.Usage, 2) when reader.ValueTextEquals("prompt_tokens_details"u8) => Field.PromptDetails,
        (Section.Usage, 2) when reader.ValueTextEquals("completion_tokens_details"u8) => Field.CompletionDetails,
        (Section.PromptDetails, 3) when reader.ValueTextEquals("cached_tokens"u8) => Field.Cached,
        (Section.CompletionDetails, 3) when reader.ValueTextEquals("reasoning_tokens"u8) => Field.Reasoning,
        _ => Field.None,
    };
}
