namespace Cocoon.Attestation.Facts;

/// <summary>One thing that evidence says, in words for people. Nobody has vouched for it: a verifier says whether to believe it.</summary>
/// <param name="Name">What it is about, a few words such as "TD attributes".</param>
/// <param name="Value">What the evidence says.</param>
public sealed record EvidenceFact(string Name, string Value);
