using Cocoon.Inference.Tokenization;
using Cocoon.Trainer.Training;

namespace Cocoon.Trainer.Text;

/// <summary>Composes batches of conversations. The same seed gives the same batches.</summary>
public sealed class ConversationComposer
{
    /// <summary>Questions count a little: knowing how they are worded helps to read them.</summary>
    private const float QuestionWeight = 0.1f;

    private static readonly string[] SystemPrompts =
    [
        "You are a helpful assistant.", "You are a helpful assistant. Answer briefly.", "You answer questions about Cocoon.", "Be concise.",
        "You are the assistant of the Cocoon network.", "Answer in one or two sentences.",
    ];

    private readonly Corpus _corpus;
    private readonly BpeTokenizer _tokenizer;
    private readonly int _context;
    private readonly List<int> _lineBreak = [];
    private TrainingRandom _random;

    /// <summary>Creates a composer.</summary>
    /// <param name="corpus">Questions and answers.</param>
    /// <param name="tokenizer">A tokenizer with the tokens of <see cref="Controls"/>.</param>
    /// <param name="context">Longest conversation in tokens.</param>
    /// <param name="seed">Decides every batch.</param>
    public ConversationComposer(Corpus corpus, BpeTokenizer tokenizer, int context, ulong seed)
    {
        _corpus = corpus;
        _tokenizer = tokenizer;
        _context = context;
        _random = new TrainingRandom(seed);
        tokenizer.Encode("\n", _lineBreak);
    }

    /// <summary>Whole conversations until about <paramref name="tokens"/> tokens are reached.</summary>
    public TrainingBatch Next(int tokens)
    {
        var inputs = new List<int>();
        var targets = new List<int>();
        var weights = new List<float>();
        var starts = new List<int> { 0 };
        while (inputs.Count < tokens)
        {
            var (sequence, counts) = Compose();
            for (var i = 0; i + 1 < sequence.Count; i++)
            {
                inputs.Add(sequence[i]);
                targets.Add(sequence[i + 1]);
                weights.Add(counts[i + 1]);
            }
            starts.Add(inputs.Count);
        }
        return new TrainingBatch([.. inputs], [.. targets], [.. weights], [.. starts]);
    }

    private (List<int> Tokens, List<float> Weights) Compose()
    {
        var tokens = new List<int> { Controls.Begin };
        var weights = new List<float> { 0 };
        if (_random.NextDouble() < 0.2)
            Append(tokens, weights, Controls.System, SystemPrompts[_random.Next(SystemPrompts.Length)], 0);
        // Mostly one question; now and then a long talk, so that every distance in the context has been seen.
        var turns = _random.NextDouble() switch { < 0.7 => 1, < 0.85 => 2, < 0.97 => 3, _ => 12 };
        for (var turn = 0; turn < turns; turn++)
        {
            var (question, answer) = _corpus.Draw(ref _random);
            var (tokensBefore, weightsBefore) = (tokens.Count, weights.Count);
            Append(tokens, weights, Controls.User, question, QuestionWeight);
            Append(tokens, weights, Controls.Assistant, answer, 1);
            if (tokens.Count > _context)
            {
                tokens.RemoveRange(tokensBefore, tokens.Count - tokensBefore);
                weights.RemoveRange(weightsBefore, weights.Count - weightsBefore);
                break;
            }
        }
        // A context too short for any conversation trains on the beginning of one.
        if (tokens.Count == 1)
        {
            var (question, answer) = _corpus.Draw(ref _random);
            Append(tokens, weights, Controls.User, question, QuestionWeight);
            Append(tokens, weights, Controls.Assistant, answer, 1);
            tokens.RemoveRange(_context, Math.Max(0, tokens.Count - _context));
        }
        return (tokens, weights);
    }

    private void Append(List<int> tokens, List<float> weights, int role, string text, float weight)
    {
        tokens.Add(role);
        tokens.AddRange(_lineBreak);
        while (weights.Count < tokens.Count)
            weights.Add(0);
        _tokenizer.Encode(text, tokens);
        tokens.Add(Controls.End);
        while (weights.Count < tokens.Count)
            weights.Add(weight);
        tokens.AddRange(_lineBreak);
        while (weights.Count < tokens.Count)
            weights.Add(0);
    }
}
