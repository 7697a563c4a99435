using System.Collections.Immutable;
using Cocoon.Attestation;
using Cocoon.Attestation.Facts;
using Cocoon.Attestation.Nvidia;
using Cocoon.Attestation.Policies;
using Cocoon.Attestation.Quotes;
using Cocoon.Attestation.Reports;
using Cocoon.Attestation.SevSnp;
using Cocoon.Attestation.Verification;
using Cocoon.Cryptography;

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

    public override ImmutableArray<string> Takes => ["--nonce", "--simulated", "--accept-status", "--certificates", "--crl", "--key", "--proxy-image", "--worker-image", "--rim"];

    protected override bool CarriesGpus => true;

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
        // Nothing in evidence says what its machine is for: a proxy can show itself in the worker's place. The images tell, where they are compared.
        checks.Add(new EvidenceCheck(
            "worker key", report.Worker.Key != report.Proxy.Key, report.Worker.Key.ToString(), "another than the proxy's", "this report shows one machine twice; do not use this gateway's proxy"));
        if (demands.Key is { } key) checks.Add(Same("answer's key", report.Worker.Key.ToString(), key.ToString(), "this report is of another worker; ask the gateway for the worker of the answer's header"));
        else notes.Add("The worker's key was not compared with an answer's; give --key with the worker's of the header X-Cocoon-Evidence.");
        CheckManifests(demands);
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
        if (NotListed(demands) is { } images) notes.Add(images);
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
                new("binding", TryBind(part, out var binding, out var failure)
                    ? $"the report data has to be {Convert.ToHexStringLower(binding.ReportData.Span)}"
                    : $"none: {failure.Found}"),
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
        if (!TryBind(part, out var binding, out var failure)) return new AttestVerdict(form, [kind, failure], []);
        var verdict = subject.Check(demands with
        {
            ReportData = binding.ReportData.ToArray(),
            Collateral = part.Basis.Collateral,
            Simulated = demands.Simulated && isTest,
            Nonce = null,
        });
        var gpus = CheckGpus(part, demands);
        // A policy may accept simulated platforms; a report that calls one real lies.
        if (part.Kind == EvidenceKind.Tdx && verdict.Notes.Contains(QuoteSubject.Simulated)) kind = Same("evidence", EvidenceKind.SimulatedTdx.Name(), form);
        return verdict with
        {
            Checks = [kind, Same("image hash", ImageHashOf(part), part.ImageHash.ToString()), .. CheckImage(part, demands), .. verdict.Checks, .. gpus.Checks],
            Notes = [.. verdict.Notes, .. gpus.Notes],
        };
    }

    private static ImmutableArray<Bits256> ImagesOf(ReportedEvidence part, AttestDemands demands) => part.Role == "worker" ? demands.WorkerImages : demands.ProxyImages;

    // The image that the evidence has: what the report says of it is compared with that besides.
    private static ImmutableArray<EvidenceCheck> CheckImage(ReportedEvidence part, AttestDemands demands)
    {
        var wanted = ImagesOf(part, demands).Select(image => image.ToString()).ToArray();
        if (wanted.Length == 0) return [];
        var found = ImageHashOf(part);
        return [new EvidenceCheck("wanted image", wanted.Contains(found), found, $"one of {string.Join(", ", wanted)}", $"--{part.Role}-image lists no such image; find out what it is")];
    }

    private string? NotListed(AttestDemands demands)
    {
        if (demands.Policy is { Images.Hashes.IsDefaultOrEmpty: false }) return null;
        var open = Parts.Where(part => part.Kind != EvidenceKind.None && ImagesOf(part, demands).IsEmpty).ToArray();
        return open switch
        {
            [] => null,
            [var part] => $"{part.Role} image {part.ImageHash} was compared with no list; give --{part.Role}-image.",
            _ => $"proxy image {report.Proxy.ImageHash} and worker image {report.Worker.ImageHash} were compared with no list; give --proxy-image and --worker-image.",
        };
    }

    private bool TryBind(ReportedEvidence part, out EvidenceBinding binding, out EvidenceCheck failure)
    {
        (binding, failure) = (null!, null!);
        try
        {
            binding = part.BindingTo(report.Nonce);
            return true;
        }
        catch (AttestationException exception)
        {
            failure = new EvidenceCheck("GPU list", false, exception.Message.TrimEnd('.'), $"at most {GpuEvidence.MaxGpus} GPUs, each once and with its certificate");
            return false;
        }
    }

    private void CheckManifests(AttestDemands demands)
    {
        if (demands.Manifests.IsEmpty) return;
        if (demands.Manifests.Length != 2) throw new FormatException($"--rim: found {demands.Manifests.Length} manifests, wanted two: DRIVER VBIOS.");
        if (report.Worker.Shown.Gpus.IsEmpty) throw new FormatException("--rim: the worker of this report shows no GPUs that manifests could be held against; leave it out.");
    }

    // A proxy needs none. Those that it shows nevertheless have to be genuine and asked with this nonce, as every node wants it of its peers.
    private AttestVerdict CheckGpus(ReportedEvidence part, AttestDemands demands)
    {
        var isWorker = part.Role == "worker";
        var gpus = part.Shown.Gpus;
        var rules = isWorker ? demands.Policy?.Gpu ?? (demands.Manifests.IsEmpty ? null : new GpuRules()) : null;
        if (gpus.IsEmpty)
        {
            return new AttestVerdict("nvidia", rules is { Required: true }
                ? [new EvidenceCheck("GPUs", false, "0", $"at least {rules.MinimumCount}", "ask a worker that has GpuEvidence 'nvattest' and GPUs in confidential mode")]
                : [], []);
        }
        var asked = demands with { Nonce = GpuBinding.ToNonce(part.Key, report.Nonce).ToArray(), Manifests = isWorker ? demands.Manifests : [] };
        if (FindUnreadable(gpus) is { } unreadable) return new AttestVerdict("nvidia", [unreadable], []);
        var verdict = new GpuSubject(gpus).Judge(asked, rules ?? new GpuRules { Requirements = new GpuRequirements { AllowUnknownFirmware = true } });
        ImmutableArray<string> notes = rules is null
            ? [$"The driver and firmware of the {part.Role}'s {gpus.Length} GPUs were compared with no manifest{(isWorker ? "; give --rim, or --policy with rules in 'gpu'" : "")}."]
            : [];
        return verdict with
        {
            Checks = [.. verdict.Checks.Select(check => check.Name.StartsWith("GPU", StringComparison.Ordinal) ? check : check with { Name = $"GPU {check.Name}" })],
            Notes = [.. verdict.Notes, .. notes],
        };
    }

    private static EvidenceCheck? FindUnreadable(ImmutableArray<GpuEvidence> gpus)
    {
        try
        {
            foreach (var gpu in gpus) GpuReport.Parse(gpu.Report);
            return null;
        }
        catch (AttestationException exception)
        {
            return new EvidenceCheck("GPU report", false, exception.Message.TrimEnd('.'), "a GPU's report that can be read");
        }
    }

    private static string ImageHashOf(ReportedEvidence part) => part.Kind switch
    {
        EvidenceKind.FakeTdx => TeeMeasurements.ZeroTdx.ImageHash.ToString(),
        EvidenceKind.SevSnp => SevSnpPolicy.ImageHashOf(SnpEvidence.Parse(part.Shown.Quote.ToArray()).Report).ToString(),
        _ => Quote.TryParse(part.Shown.Quote.ToArray(), out var quote, out _) ? quote.Measurements.ImageHash.ToString() : "none that can be read",
    };
}
