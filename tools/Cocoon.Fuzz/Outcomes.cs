using System.Text.RegularExpressions;

namespace Cocoon.Fuzz;

/// <summary>Kinds of what happened: replies, refusals, ends. Numbers and names of one run are taken out, so that equal kinds read equal.</summary>
internal sealed partial class Outcomes
{
    private const int MaxKinds = 4096;

    // Hashes, so that what the fuzzer itself keeps is nothing beside what a role might.
    private readonly HashSet<ulong> _known = [];

    public Dictionary<string, long> Ends { get; } = [];

    public long Replies { get; set; }

    public int Kinds => _known.Count;

    /// <summary>Notes what happened and tells whether something of it never did before.</summary>
    public bool IsNew(IEnumerable<string> happened)
    {
        var isNew = false;
        foreach (var text in happened)
        {
            var kind = Variable().Replace(text, "#");
            isNew |= _known.Count < MaxKinds && _known.Add(kind.Aggregate(14695981039346656037UL, (hash, letter) => (hash ^ letter) * 1099511628211UL));
        }
        return isNew;
    }

    public void Ended(string reason) => Ends[reason] = Ends.GetValueOrDefault(reason) + 1;

    [GeneratedRegex(@"'[^']*'|0x[0-9a-f]+|\b[0-9a-f]{8,}\b|-?\d+|[UEk0][Qq:][\w-]{40,}")]
    private static partial Regex Variable();
}
