using System.Globalization;

namespace Cocoon.Trainer.Text;

/// <summary>Question patterns and the answers that fit them.</summary>
public sealed class Corpus
{
    private readonly List<(string Question, int Topic)> _questions = [];
    private readonly List<List<string>> _answers = [];

    /// <summary>Number of question patterns.</summary>
    public int QuestionCount => _questions.Count;

    /// <summary>Answers in the order of the files.</summary>
    public IEnumerable<string> Answers => _answers.SelectMany(answers => answers);

    /// <summary>
    /// Parses corpus files. A block starts with <c>[topic]</c>; <c>? pattern</c> adds a question, in which <c>(a|b)</c> offers
    /// alternatives; <c>@ term</c> adds the usual questions about a term; <c>= text</c> adds an answer.
    /// </summary>
    /// <exception cref="FormatException">A line is none of these, or a topic lacks questions or answers.</exception>
    public static Corpus Parse(IEnumerable<string> lines)
    {
        var corpus = new Corpus();
        foreach (var line in lines.Where(line => line.Length > 0 && line[0] != '#'))
        {
            if (line[0] == '[')
                corpus._answers.Add([]);
            else if (line.StartsWith("? ", StringComparison.Ordinal) && corpus._answers.Count > 0)
                corpus._questions.Add((line[2..], corpus._answers.Count - 1));
            else if (line.StartsWith("@ ", StringComparison.Ordinal) && corpus._answers.Count > 0)
                corpus._questions.AddRange(Enumerable.Repeat((string.Format(CultureInfo.InvariantCulture, Wording.AboutTerm, line[2..]), corpus._answers.Count - 1), 3));
            else if (line.StartsWith("= ", StringComparison.Ordinal) && corpus._answers.Count > 0)
                corpus._answers[^1].Add(line[2..]);
            else
                throw new FormatException($"Corpus line '{line}' starts with none of '[', '? ', '@ ' and '= ', or stands before the first topic.");
        }
        if (corpus._questions.Count == 0 || corpus._answers.Exists(answers => answers.Count == 0))
            throw new FormatException("The corpus has no questions, or a topic without an answer.");
        return corpus;
    }

    /// <summary>A random question in a random wording, and one of its answers.</summary>
    public (string Question, string Answer) Draw(ref Training.TrainingRandom random)
    {
        var (pattern, topic) = _questions[random.Next(_questions.Count)];
        var answers = _answers[topic];
        return (Wording.Vary(Expand(pattern, ref random), ref random), answers[random.Next(answers.Count)]);
    }

    private static string Expand(string pattern, ref Training.TrainingRandom random)
    {
        while (pattern.IndexOf('(', StringComparison.Ordinal) is >= 0 and var open)
        {
            var close = pattern.IndexOf(')', open);
            if (close < 0)
                throw new FormatException($"Corpus pattern '{pattern}' has an open parenthesis.");
            var choices = pattern[(open + 1)..close].Split('|');
            pattern = string.Concat(pattern.AsSpan(0, open), choices[random.Next(choices.Length)], pattern.AsSpan(close + 1));
        }
        return pattern;
    }
}
