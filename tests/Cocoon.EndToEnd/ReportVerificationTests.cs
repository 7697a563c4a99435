using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using Cocoon.Attestation;
using Cocoon.Attestation.Nvidia;
using Cocoon.Attestation.Policies;
using Cocoon.Attestation.Reports;
using Cocoon.Attestation.Simulation;
using Cocoon.Attestation.Tests.Vectors;
using Cocoon.Cryptography;
using Cocoon.EndToEnd.Harness;

namespace Cocoon.EndToEnd;

/// <summary><c>cocoon attest verify</c> over reports of gateways that are honest and that are not.</summary>
public sealed class ReportVerificationTests : IDisposable
{
    private static readonly Bits256 Nonce = Bits256.Sha256("nonce"u8);
    private static readonly Ed25519PublicKey ProxyKey = new(Bits256.Sha256("proxy"u8));
    private static readonly Ed25519PublicKey WorkerKey = new(Bits256.Sha256("worker"u8));

    private readonly string _folder = Directory.CreateTempSubdirectory("cocoon-report-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Negative_a_proxy_shown_as_its_own_worker_fails_by_its_key_and_by_its_image()
    {
        var json = JsonNode.Parse((await MakeAsync([])).ToJson())!.AsObject();
        var (proxy, worker) = ($"{json["proxy"]!["image_hash"]}", $"{json["worker"]!["image_hash"]}");
        var copy = json["proxy"]!.DeepClone();
        copy["role"] = "worker";
        json["worker"] = copy;
        var file = Write(Encoding.UTF8.GetBytes(json.ToJsonString()));
        Failures(await VerifyAsync(file, "--simulated")).ShouldBe(["worker key"]);
        Failures(await VerifyAsync(file, "--simulated", "--key", WorkerKey.ToString())).ShouldBe(["worker key", "answer's key"]);
        Failures(await VerifyAsync(file, "--simulated", "--proxy-image", proxy, "--worker-image", worker)).ShouldBe(["worker key", "worker wanted image"]);
    }

    [Fact]
    public async Task What_a_report_is_compared_with_is_a_check_and_what_not_is_a_note()
    {
        var report = await MakeAsync([]);
        var file = Write(report.ToJson());
        var (proxy, worker) = (report.Proxy.ImageHash.ToString(), report.Worker.ImageHash.ToString());
        var bare = await VerifyAsync(file, "--simulated");
        Failures(bare).ShouldBeEmpty();
        Notes(bare).ShouldContain($"proxy image {proxy} and worker image {worker} were compared with no list; give --proxy-image and --worker-image.");
        Notes(bare).ShouldContain(note => note.StartsWith("The worker's key was not compared", StringComparison.Ordinal));

        string[] all = ["--simulated", "--nonce", Nonce.ToString(), "--key", WorkerKey.ToString(), "--proxy-image", worker, proxy, "--worker-image", worker];
        var compared = await VerifyAsync([file, .. all]);
        Failures(compared).ShouldBeEmpty();
        Notes(compared).ShouldNotContain(note => note.Contains("compared with no", StringComparison.Ordinal));
        Notes(compared).ShouldNotContain(note => note.Contains("was not compared", StringComparison.Ordinal));
        Notes(await VerifyAsync(file, "--simulated", "--proxy-image", proxy)).ShouldContain($"worker image {worker} was compared with no list; give --worker-image.");

        Failures(await VerifyAsync(file, "--simulated", "--key", ProxyKey.ToString(), "--proxy-image", worker, "--worker-image", proxy))
            .ShouldBe(["answer's key", "proxy wanted image", "worker wanted image"]);
        var wrong = await VerifyAsync(file, "--worker-image", "12");
        wrong.Status.ShouldBe(2);
        wrong.Error.ShouldContain("--worker-image: found 2 characters, wanted 64 hexadecimal digits");
    }

    [Fact]
    public async Task A_policy_that_wants_GPUs_wants_them_of_the_worker()
    {
        var file = Write((await MakeAsync([])).ToJson());
        Failures(await VerifyAsync(file, "--policy", Policy("""{"kinds": ["simulated_tdx"], "gpu": {"minimumCount": 2} }"""))).ShouldBe(["worker GPUs"]);
        Failures(await VerifyAsync(file, "--policy", Policy("""{"kinds": ["simulated_tdx"], "gpu": {"required": false} }"""))).ShouldBeEmpty();

        // A quote alone has none to judge.
        var quote = Write(PublicSimulation.Tee.CreateQuote(new SimulatedGuest(), WorkerKey));
        var alone = await VerifyAsync(quote, "--policy", Policy("""{"kinds": ["simulated_tdx"], "gpu": {} }"""));
        Failures(alone).ShouldBeEmpty();
        Notes(alone).ShouldContain(note => note.StartsWith("The policy's rules of GPUs were not judged", StringComparison.Ordinal));
    }

    [VectorFact]
    public async Task Negative_a_real_GPU_that_answered_another_nonce_fails_on_either_side_and_with_any_policy()
    {
        var gpu = GpuEvidence.Parse(HardwareVectors.ReadText("nvidia/hopper_attestation_report.txt"), HardwareVectors.ReadText("nvidia/hopper_cert_chain.txt"));
        var file = Write((await MakeAsync([gpu])).ToJson());
        Failures(await VerifyAsync(file, "--simulated")).ShouldBe(["proxy GPU nonce", "worker GPU nonce"]);
        Failures(await VerifyAsync(file, "--policy", Policy("""{"kinds": ["simulated_tdx"], "gpu": {"minimumCount": 2, "allowUnknownFirmware": true} }""")))
            .ShouldBe(["proxy GPU nonce", "worker GPUs", "worker GPU nonce"]);
        Failures(await VerifyAsync(file, "--policy", "simulated_tdx")).ShouldBe(["proxy GPU nonce", "worker GPU nonce"]);

        string[] manifests = [.. new[] { "driver", "vbios" }.Select(name => Path.Combine(HardwareVectors.Folder!, $"nvidia/{name}_rim_test.swidtag"))];
        Failures(await VerifyAsync([file, "--simulated", "--rim", .. manifests])).ShouldBe(["proxy GPU nonce", "worker GPU nonce"]);
        (await VerifyAsync([file, "--simulated", "--rim", manifests[0]])).Error.ShouldContain("found 1 manifests, wanted two");
        (await VerifyAsync([Write((await MakeAsync([])).ToJson()), "--simulated", "--rim", .. manifests])).Error.ShouldContain("shows no GPUs");

        var json = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
        var gpus = json["worker"]!["gpus"]!.AsArray();
        gpus.Add(gpus[0]!.DeepClone());
        json["proxy"]!["gpus"]![0]!["report"] = "AAAA";
        var twice = Write(Encoding.UTF8.GetBytes(json.ToJsonString()));
        Failures(await VerifyAsync(twice, "--simulated")).ShouldBe(["proxy GPU report", "worker GPU list"]);
        (await CocoonCommand.RunAsync("attest", "show", twice)).Output.ShouldContain("twice, wanted each once");
    }

    private static async Task<AttestationReport> MakeAsync(ImmutableArray<GpuEvidence> gpus) => new()
    {
        Model = "m",
        Nonce = Nonce,
        IsNonceOfCaller = true,
        Time = TimeProvider.System.GetUtcNow(),
        RegistryVersion = 7,
        Proxy = await ProveAsync("proxy", ProxyKey, gpus),
        Worker = await ProveAsync("worker", WorkerKey, gpus),
    };

    private static async Task<ReportedEvidence> ProveAsync(string role, Ed25519PublicKey key, ImmutableArray<GpuEvidence> gpus)
    {
        var binding = EvidenceBinding.ToNonce(key, Nonce, GpuBinding.DevicesOf(gpus));
        var measurements = new byte[TeeMeasurements.TdxSize];
        Encoding.ASCII.GetBytes(role, measurements);
        var quote = PublicSimulation.Tee.CreateQuote(new SimulatedGuest { Measurements = TeeMeasurements.Tdx(measurements) }, binding.ReportData.Span);
        var verdict = await EvidencePolicies.Create("simulated_tdx").EvaluateAsync(quote, binding, default);
        verdict.Refusal.ShouldBeNull();
        return new ReportedEvidence
        {
            Role = role,
            Key = key,
            Kind = EvidenceKind.SimulatedTdx,
            Policy = "simulated_tdx",
            ImageHash = verdict.Evidence!.ImageHash,
            Shown = new FreshEvidence(quote, gpus),
            Basis = verdict.Basis!,
        };
    }

    private static Task<CommandResult> VerifyAsync(params string[] arguments) => CocoonCommand.RunAsync(["attest", "verify", .. arguments, "--json"]);

    private static string[] Failures(CommandResult result)
    {
        var names = JsonNode.Parse(result.Output)!["checks"]!.AsArray().Where(check => !check!["passed"]!.GetValue<bool>()).Select(check => $"{check!["name"]}").ToArray();
        result.Status.ShouldBe(names.Length == 0 ? 0 : 1, result.Error);
        return names;
    }

    private static string[] Notes(CommandResult result) => [.. JsonNode.Parse(result.Output)!["notes"]!.AsArray().Select(note => $"{note}")];

    private string Policy(string json) => Write(Encoding.UTF8.GetBytes(json));

    private string Write(byte[] bytes)
    {
        var file = Path.Combine(_folder, $"{Guid.NewGuid():n}.json");
        File.WriteAllBytes(file, bytes);
        return file;
    }
}
