using Cocoon.Inference.Llama;

namespace Cocoon.Inference.Builtin;

/// <summary>
/// Writes a conversation as tokens. The model's template is recognised by the control tokens it uses. Contents are encoded as plain text,
/// so that no user can write a control token.
/// </summary>
internal sealed class ChatFormat
{
    private readonly LlamaModel _model;
    private readonly Dictionary<string, int[]> _openings = new(StringComparer.Ordinal);
    private readonly List<int> _closing = [];

    private ChatFormat(LlamaModel model, Func<string, (string Control, string Text)> opening, string end)
    {
        _model = model;
        foreach (var role in (string[])["system", "user", "assistant"])
        {
            var (control, text) = opening(role);
            var tokens = new List<int> { Control(control) };
            model.Tokenizer.Encode(text, tokens);
            _openings.Add(role, [.. tokens]);
        }
        _closing.Add(Control(end));
        model.Tokenizer.Encode("\n", _closing);

        int Control(string token) => model.Tokenizer.Find(token) is { } id && model.Tokenizer.IsControl(id)
            ? id
            : throw new Gguf.GgufFormatException($"The chat template uses '{token}', which is no control token of the vocabulary.");
    }

    /// <summary>The format of a model, or null when its template is absent or of a kind that is not known.</summary>
    public static ChatFormat? Detect(LlamaModel model)
    {
        var template = model.ChatTemplate ?? "";
        if (template.Contains("<|im_start|>", StringComparison.Ordinal))
            return new ChatFormat(model, role => ("<|im_start|>", role + "\n"), "<|im_end|>");
        if (template.Contains("<|assistant|>", StringComparison.Ordinal) && template.Contains("<|end|>", StringComparison.Ordinal))
            return new ChatFormat(model, role => ($"<|{role}|>", "\n"), "<|end|>");
        return null;
    }

    /// <summary>Tokens of a conversation up to where the assistant's next message starts. Roles are system, user or assistant.</summary>
    public List<int> Encode(IReadOnlyList<(string Role, string Content)> messages)
    {
        var tokens = new List<int>();
        if (_model.BeginToken is { } begin)
            tokens.Add(begin);
        foreach (var (role, content) in messages)
        {
            tokens.AddRange(_openings[role]);
            _model.Tokenizer.Encode(content, tokens);
            tokens.AddRange(_closing);
        }
        tokens.AddRange(_openings["assistant"]);
        return tokens;
    }
}
