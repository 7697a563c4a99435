namespace Cocoon.Attestation.Verification;

/// <summary>One check of evidence and what came of it, in words for people.</summary>
/// <param name="Name">What is checked, a few lower-case words such as "quote signature".</param>
/// <param name="Passed">Whether it is as it has to be.</param>
/// <param name="Found">What the evidence says.</param>
/// <param name="Wanted">What it has to say.</param>
/// <param name="Advice">What to do about it when it failed, a clause without a full stop; empty when there is nothing to advise.</param>
public sealed record EvidenceCheck(string Name, bool Passed, string Found, string Wanted, string Advice = "")
{
    /// <summary>One sentence in the form of all refusals: which check, what it found, what it wanted and the next step.</summary>
    public override string ToString() =>
        Advice.Length == 0 ? $"{Name} check: found {Found}, wanted {Wanted}." : $"{Name} check: found {Found}, wanted {Wanted}; {Advice}.";
}
