using System.Collections.Immutable;

namespace Cocoon.Attestation.Verification;

/// <summary>Gathers the checks of one verification.</summary>
internal sealed class CheckList
{
    private readonly ImmutableArray<EvidenceCheck>.Builder _checks = ImmutableArray.CreateBuilder<EvidenceCheck>();

    /// <summary>Whether no check has failed yet.</summary>
    public bool AllPassed { get; private set; } = true;

    /// <summary>When the first of what was relied on ends; null where nothing says.</summary>
    public DateTimeOffset? HoldsUntil { get; private set; }

    /// <summary>What is verified rests on something that ends then.</summary>
    public void RestsOn(DateTimeOffset end) => HoldsUntil = HoldsUntil is { } earlier && earlier < end ? earlier : end;

    /// <summary>Writes a check down and says whether it passed, so that a caller can stop where the rest would rest on it.</summary>
    public bool Add(EvidenceCheck check)
    {
        _checks.Add(check);
        AllPassed &= check.Passed;
        return check.Passed;
    }

    /// <summary>A check of a value: <paramref name="found"/> is told whether it passed or not.</summary>
    public bool Require(string name, bool passed, string found, string wanted, string advice = "") =>
        Add(new EvidenceCheck(name, passed, found, wanted, advice));

    /// <summary>A check that is put in words: <paramref name="otherwise"/> is what was found when it failed.</summary>
    public bool RequireThat(string name, bool passed, string otherwise, string wanted, string advice = "") =>
        Add(new EvidenceCheck(name, passed, passed ? wanted : otherwise, wanted, advice));

    public void AddRange(ImmutableArray<EvidenceCheck> checks)
    {
        foreach (var check in checks) Add(check);
    }

    public ImmutableArray<EvidenceCheck> ToImmutable() => _checks.ToImmutable();

    public EvidenceReport ToReport(string kind) => new(kind, ToImmutable()) { ValidUntil = AllPassed ? HoldsUntil : null };
}
