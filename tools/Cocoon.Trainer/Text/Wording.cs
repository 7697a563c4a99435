using Cocoon.Trainer.Training;

namespace Cocoon.Trainer.Text;

/// <summary>Varies questions the way people do: politeness, missing capitals and marks, forgotten words, slips of the finger.</summary>
internal static class Wording
{
    /// <summary>Questions that can be asked about any term, as a pattern of the corpus; {0} is the term.</summary>
    public const string AboutTerm =
        "(|What is |What's |What are |Explain |Explain to me |Can you explain |Please explain |Tell me about |Tell me more about |What about |How about "
        + "|I do not understand |I don't get |What do you know about |What do you mean by |Describe |Define |How does it work with |Give me details about "
        + "|What is the purpose of |What is the role of |What is the point of |Why do you need |Why is there |Help me understand |Information about "
        + "|I have a question about |I want to learn about |Say something about |How do you explain |And what is |Do you know |What does it mean: ){0}"
        + "(|?|?|.| like I am five| like I'm five| to a child| in one sentence| in simple words| please| for beginners| in detail| exactly?| mean?| work?)";

    private static readonly string[] Openers =
        ["Please tell me: ", "Hello, ", "Hi! ", "Hey, ", "Can you tell me ", "Could you explain ", "I want to know ", "Please, ", "One question: ", "So, ", "Ok, ", "And "];

    private static readonly string[] Closers = [" please", ", please?", " Thanks!", " thanks", " in Cocoon?", " then?", " exactly?", " here?", "??", " in simple words"];

    private static readonly HashSet<string> SmallWords = new(StringComparer.OrdinalIgnoreCase) { "the", "a", "an", "is", "are", "do", "does", "to", "of", "my", "exactly" };

    public static string Vary(string question, ref TrainingRandom random)
    {
        if (random.NextDouble() < 0.15)
            question = Openers[random.Next(Openers.Length)] + char.ToLowerInvariant(question[0]) + question[1..];
        if (random.NextDouble() < 0.08)
            question = question.TrimEnd('?', '.', '!') + Closers[random.Next(Closers.Length)];
        if (random.NextDouble() < 0.35)
            question = question.ToLowerInvariant();
        if (random.NextDouble() < 0.25)
            question = question.TrimEnd('?', '.', '!');
        if (random.NextDouble() < 0.10)
            question = DropSmallWord(question, ref random);
        return random.NextDouble() < 0.06 ? Mistype(question, ref random) : question;
    }

    private static string DropSmallWord(string question, ref TrainingRandom random)
    {
        var words = question.Split(' ').ToList();
        var start = random.Next(words.Count);
        for (var i = 0; i < words.Count && words.Count > 2; i++)
        {
            var at = (start + i) % words.Count;
            if (SmallWords.Contains(words[at]))
            {
                words.RemoveAt(at);
                break;
            }
        }
        return string.Join(' ', words);
    }

    private static string Mistype(string question, ref TrainingRandom random)
    {
        if (question.Length < 6)
            return question;
        var letters = question.ToCharArray();
        var at = 1 + random.Next(letters.Length - 3);
        if (random.Next(2) == 0)
            (letters[at], letters[at + 1]) = (letters[at + 1], letters[at]);
        else
            return question.Remove(at, 1);
        return new string(letters);
    }
}
