using Cocoon.Inference.Tokenization;
using Cocoon.Trainer.Export;
using Cocoon.Trainer.Text;
using Cocoon.Trainer.Training;

namespace Cocoon.Trainer;

/// <summary>Trains a model from a corpus, from the vocabulary to the file. The same corpus and options give the same bytes.</summary>
public sealed class ModelTrainer
{
    private readonly Corpus _corpus;
    private readonly TrainerOptions _options;
    private readonly IReadOnlyList<string> _tokens;
    private readonly IReadOnlyList<string> _merges;
    private readonly BpeTokenizer _tokenizer;

    /// <summary>Learns the vocabulary and prepares random weights.</summary>
    public ModelTrainer(Corpus corpus, TrainerOptions options)
    {
        _corpus = corpus;
        _options = options;
        var random = new TrainingRandom(options.Seed);
        var texts = new List<string>(corpus.Answers);
        for (var i = 0; i < corpus.QuestionCount * 10; i++)
        {
            var (question, answer) = corpus.Draw(ref random);
            texts.Add(question);
            texts.Add(answer);
        }
        (_tokens, _merges) = BpeTrainer.Train(texts, Controls.Tokens, options.Vocabulary);
        _tokenizer = new BpeTokenizer(_tokens, _merges, [.. _tokens.Select((_, id) => id < Controls.Tokens.Count)]);
        Shape = options.Shape with { Vocabulary = _tokens.Count };
        Network = new Network(Shape);
        Network.Weights.Initialize(ref random);
    }

    /// <summary>Sizes of the model.</summary>
    public ModelShape Shape { get; }

    /// <summary>The network in training.</summary>
    public Network Network { get; }

    /// <summary>Trains all steps.</summary>
    /// <param name="progress">Called after each step with its number from 1, its loss in nats and its tokens.</param>
    public void Train(Action<int, double, int>? progress = null)
    {
        var composer = new ConversationComposer(_corpus, _tokenizer, Shape.Context, _options.Seed + 1);
        var optimizer = new AdamW(Network.Weights);
        for (var step = 1; step <= _options.Steps; step++)
        {
            var batch = composer.Next(_options.BatchTokens);
            var loss = Network.Forward(batch);
            Network.Backward(batch);
            optimizer.Step(Network.Weights, Network.Gradients, Rate(step));
            progress?.Invoke(step, loss, batch.Tokens.Length);
        }
    }

    /// <summary>Writes the model as GGUF.</summary>
    public void Export(Stream stream) => ModelExporter.Write(stream, Shape, Network.Weights, _tokens, _merges);

    /// <summary>Rises for the first steps, then falls along half a cosine to a twentieth.</summary>
    private float Rate(int step)
    {
        var warm = Math.Min(100, _options.Steps / 10 + 1);
        if (step <= warm)
            return _options.LearningRate * step / warm;
        var done = (double)(step - warm) / Math.Max(1, _options.Steps - warm);
        return _options.LearningRate * (float)(0.05 + 0.95 * 0.5 * (1 + Math.Cos(Math.PI * done)));
    }
}
