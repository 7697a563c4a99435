namespace Cocoon.Trainer.Text;

/// <summary>The control tokens of the demo model, in the order of their ids, and how it writes a conversation.</summary>
public static class Controls
{
    /// <summary>Token texts by id.</summary>
    public static readonly IReadOnlyList<string> Tokens = ["<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"];

    /// <summary>Starts every sequence.</summary>
    public const int Begin = 0;

    /// <summary>Starts a system message.</summary>
    public const int System = 1;

    /// <summary>Starts a user's message.</summary>
    public const int User = 2;

    /// <summary>Starts an answer.</summary>
    public const int Assistant = 3;

    /// <summary>Ends every message.</summary>
    public const int End = 4;

    /// <summary>The conversation format as a chat template, for engines that interpret it.</summary>
    public const string ChatTemplate =
        "{% for message in messages %}{{ '<|' + message['role'] + '|>\\n' + message['content'] + '<|end|>\\n' }}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% endif %}";
}
