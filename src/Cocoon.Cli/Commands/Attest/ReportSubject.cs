using System.Collections.Immutable;
using Cocoon.Attestation;
using Cocoon.Attestation.Facts;
using Cocoon.Attestation.Policies;
using Cocoon.Attestation.Quotes;
using Cocoon.Attestation.Reports;
using Cocoon.Attestation.SevSnp;
using Cocoon.Attestation.Verification;

namespace Cocoon.Cli.Commands.Attest;

/// <summary>
/// A report that a client's gateway made: the evidence of a proxy and of a worker for one nonce. What the gateway says of it is not believed: what the
/// evidence has to cover is computed anew, and every check is made again with the documents in the report.
/// </summary>
/// <param name="report">The report.</param>
/// <param name="read">Tells what the evidence of a part is; null when it is none that is known.</param>
internal sealed class ReportSubject(AttestationReport report, Func<ReportedEvidence, AttestSubject?> read) : AttestSubject
{
    public override string Kind => "report";

    public override ImmutableArray<string> Takes => ["--nonce", "--simulated", "--accept-status", "--certificates", "--crl"];

    private ImmutableArray<ReportedEvidence> Parts => [report.Proxy, report.Worker];

    public override IEnumerable<EvidenceFact> Describe() =>
    [
        new("model", report.Model),
        new("nonce", $"{report.Nonce}, chosen by the {(report.IsNonceOfCaller ? "caller" : "gateway")}"),
        new("time", $"{report.Time:u}"),
        .. Parts.SelectMany(Describe),
    ];

    internal override AttestVerdict Check(AttestDemands demands)
    {
        var checks = ImmutableArray.CreateBuilder<EvidenceCheck>();
        var notes = ImmutableArray.CreateBuilder<string>();
        if (demands.Nonce is { } wanted) checks.Add(Same("nonce", report.Nonce.ToString(), Convert.ToHexStringLower(wanted), "this report was made for another question; ask the gateway with your nonce"));
        else notes.Add("The nonce was not compared with anything, so the report may be an old one; give --nonce with the one that you sent.");
        foreach (var part in Parts)
        {
            if (part.Kind == EvidenceKind.None)
            {
                checks.Add(new EvidenceCheck($"{part.Role} evidence", false, "none", "evidence", $"the client's policy '{part.Policy}' asks for none; set PeerPolicy"));
                continue;
            }
            var verdict = Check(part, demands);
            checks.AddRange(verdict.Checks.Select(check => check with { Name = $"{part.Role} {check.Name}" }));
            notes.AddRange(verdict.Notes.Except(notes));
        }
        notes.Add(
            $"The model's name, the time and that the registry (version {report.RegistryVersion}) {Listed(report.Proxy)} and {Listed(report.Worker)} are the "
            + "gateway's word: no quote covers them.");
        return new AttestVerdict(Kind, checks.ToImmutable(), notes.ToImmutable());
    }

    private static string Listed(ReportedEvidence part) => $"{(part.IsListed ? "lists" : "does not list")} the {part.Role}'s image";

    private static EvidenceCheck Same(string name, string found, string wanted, string advice = "") => new(name, found == wanted, found, wanted, advice);

    private IEnumerable<EvidenceFact> Describe(ReportedEvidence part)
    {
        EvidenceFact[] own =
        [
            new("evidence", part.Kind.Name()),
            new("policy", part.Policy),
            new("key", part.Key.ToString()),
            .. part.Kind == EvidenceKind.None ? Array.Empty<EvidenceFact>() :
            [
                new("binding", $"the report data has to be {Convert.ToHexStringLower(part.BindingTo(report.Nonce).ReportData.Span)}"),
                new("image", $"{part.ImageHash}, {(part.IsListed ? "listed" : "not listed")} by registry version {report.RegistryVersion}"),
                new("GPUs", $"{part.Shown.Gpus.Length}"),
            ],
        ];
        return own.Concat(read(part)?.Describe() ?? []).Select(fact => fact with { Name = $"{part.Role} {fact.Name}" });
    }

    private AttestVerdict Check(ReportedEvidence part, AttestDemands demands)
    {
        var subject = read(part);
        // The two kinds differ in the root alone, and each is held to its own.
        var isTest = part.Kind is EvidenceKind.FakeTdx or EvidenceKind.SimulatedTdx;
        var form = part.Kind == EvidenceKind.SimulatedTdx ? "tdx" : part.Kind.Name();
        var kind = Same("evidence", subject?.Kind ?? "none that is known", form);
        if (subject is null || !kind.Passed) return new AttestVerdict(form, [kind], []);
        if (form == "tdx" && part.Basis.Collateral is null)
            return new AttestVerdict(form, [kind, new EvidenceCheck("collateral", false, "none", "what Intel publishes about the platform", "have the gateway make the report again")], []);
        var verdict = subject.Check(demands with
        {
            ReportData = part.BindingTo(report.Nonce).ReportData.ToArray(),
            Collateral = part.Basis.Collateral,
            Simulated = demands.Simulated && isTest,
            Nonce = null,
        });
        ImmutableArray<string> gpus = part.Shown.Gpus.IsEmpty ? [] : [$"The {part.Role}'s {part.Shown.Gpus.Length} GPUs are bound to its quote by their names; their own reports were not verified."];
        // A policy may accept simulated platforms; a report that calls one real lies.
        if (part.Kind == EvidenceKind.Tdx && verdict.Notes.Contains(QuoteSubject.Simulated)) kind = Same("evidence", EvidenceKind.SimulatedTdx.Name(), form);
        return verdict with
        {
            Checks = [kind, Same("image hash", ImageHashOf(part), part.ImageHash.ToString()), .. verdict.Checks],
            Notes = [.. verdict.Notes, .. gpus],
        };
    }

    private static string ImageHashOf(ReportedEvidence part) => part.Kind switch
    {
        EvidenceKind.FakeTdx => TeeMeasurements.ZeroTdx.ImageHash.ToString(),
        EvidenceKind.SevSnp => SevSnpPolicy.ImageHashOf(SnpEvidence.Parse(part.Shown.Quote.ToArray()).Report).ToString(),
        _ => Quote.TryParse(part.Shown.Quote.ToArray(), out var quote, out _) ? quote.Measurements.ImageHash.ToString() : "none that can be read",
    };
}
