using System.Collections.Immutable;
using Cocoon.Attestation;
using Cocoon.Attestation.Facts;
using Cocoon.Attestation.Policies;
using Cocoon.Attestation.Verification;
using Cocoon.Cryptography;

namespace Cocoon.Cli.Commands.Attest;

/// <summary>Something that attests: a quote, a report, a certificate.</summary>
internal abstract class AttestSubject
{
    private const string NoGpus = "The policy's rules of GPUs were not judged: only a gateway's report or a connection carries the evidence of GPUs beside a machine's own.";

    private static readonly ImmutableArray<string> ForAll = ["--time", "--policy"];

    /// <summary>What it is called in results.</summary>
    public abstract string Kind { get; }

    /// <summary>The options of verification that mean something for it, besides those that always do.</summary>
    public abstract ImmutableArray<string> Takes { get; }

    /// <summary>Whether it can show GPUs, so that a policy's rules of them are held against it.</summary>
    protected virtual bool CarriesGpus => false;

    /// <summary>What it says; nobody has vouched for it.</summary>
    public abstract IEnumerable<EvidenceFact> Describe();

    /// <summary>Makes the checks.</summary>
    /// <exception cref="FormatException">Something that is needed was not given; the message says what to give.</exception>
    public AttestVerdict Verify(AttestDemands demands)
    {
        foreach (var option in demands.Given.Except(ForAll).Except(Takes))
            throw new FormatException($"{option} means nothing for evidence of the kind '{Kind}', which takes {string.Join(", ", ForAll.AddRange(Takes))}.");
        var verdict = Check(demands);
        if (demands.Policy is not { } policy) return verdict;
        ImmutableArray<string> notes = [.. policy.Relaxations.Select(relaxation => $"The policy is relaxed: {relaxation}."), .. verdict.Notes];
        return verdict with { Notes = policy.Gpu is null || CarriesGpus ? notes : notes.Add(NoGpus) };
    }

    /// <summary>Makes the checks; only with what this kind takes.</summary>
    internal abstract AttestVerdict Check(AttestDemands demands);

    /// <summary>What a policy says of evidence besides what its verifier checks: whether its kind is accepted, and its image. No checks without a policy.</summary>
    protected static ImmutableArray<EvidenceCheck> CheckPolicy(AttestDemands demands, EvidenceKind kind, Bits256 imageHash)
    {
        if (demands.Policy is not { } policy) return [];
        var wanted = string.Join(" or ", policy.Kinds.Select(EvidenceKindExtensions.Name));
        return [new EvidenceCheck("accepted kind", policy.Kinds.Contains(kind), kind.Name(), wanted), .. CheckImage(policy, imageHash)];
    }

    /// <summary>Whether a policy lists an image; no check where it leaves that to the network's registry.</summary>
    protected static ImmutableArray<EvidenceCheck> CheckImage(EvidenceRules policy, Bits256 imageHash) => policy.Images.Hashes.IsDefaultOrEmpty
        ? []
        : [new EvidenceCheck(
            "image", policy.Images.FindRefusal(imageHash) is null, imageHash.ToString(), $"one of {string.Join(", ", policy.Images.Hashes)}", "run an image that is listed, or have this one listed")];

    /// <summary>
    /// The checks of a report. Verifiers always compare report data and nonces; where nobody said what to compare with, they were given what
    /// the evidence says itself, and that comparison is not a check.
    /// </summary>
    protected static ImmutableArray<EvidenceCheck> ChecksOf(EvidenceReport report, string compared, bool wasCompared) =>
        wasCompared ? report.Checks : report.Checks.RemoveAll(check => check.Name == compared);

    /// <summary>A note that nothing is known of what a vendor revoked; none where lists were given.</summary>
    protected static ImmutableArray<string> NotRevoked(AttestDemands demands, string vendor) =>
        demands.RevocationLists.IsEmpty ? [$"No revocation list was given, so nothing is known of certificates that {vendor} has revoked; give --crl."] : [];

    protected static ImmutableArray<string> NotCompared(string compared, bool wasCompared, string options) =>
        wasCompared ? [] : [$"The {compared} was not compared with anything, so the evidence may be an old one or another's; give {options}."];
}
