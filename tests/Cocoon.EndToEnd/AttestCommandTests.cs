using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Cocoon.Attestation;
using Cocoon.Attestation.Certificates;
using Cocoon.Attestation.Policies;
using Cocoon.Attestation.Simulation;
using Cocoon.Attestation.Sources;
using Cocoon.Attestation.Tests.Vectors;
using Cocoon.Cryptography;
using Cocoon.EndToEnd.Harness;
using Cocoon.Node.Connections;
using Cocoon.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cocoon.EndToEnd;

/// <summary><c>cocoon attest</c> over evidence of real hardware, of simulated hardware, and of a port.</summary>
public sealed class AttestCommandTests : IDisposable
{
    private const string Summer = "2025-07-01T00:00:00Z";
    private const int Difficulty = 8;

    private readonly string _folder = Directory.CreateTempSubdirectory("cocoon-attest-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [VectorFact]
    public async Task A_real_quote_is_shown_register_by_register()
    {
        var result = await AttestAsync("show", Vector("tdx/quote_v4.bin"), "--json");

        result.Status.ShouldBe(0, result.Error);
        var facts = Facts(result);
        facts["MRTD"].ShouldStartWith("91eb2b44d141d4ec");
        facts["RTMR2"].ShouldStartWith("d833feef2cd94514");
        facts["TD attributes"].ShouldBe("0000000010000000: not under debug; no #VE for pages that the host takes away");
        facts["XFAM"].ShouldBe("00000000000602e7: x87, SSE, AVX, AVX-512, PKRU, AMX");
        facts["FMSPC"].ShouldBe("b0c06f000000");
        facts["SGX TCB components"].ShouldBe("3 3 2 2 4 1 0 5 0 0 0 0 0 0 0 0");
    }

    [VectorFact]
    public async Task A_real_quote_passes_every_check_at_its_time()
    {
        var result = await VerifyAsync(Vector("tdx/quote_v4.bin"), "--collateral", Vector("tdx/quote_v4_collateral.json"), "--time", Summer);

        result.Status.ShouldBe(0, result.Error);
        var lines = result.Output.Split('\n');
        lines.Count(line => line.StartsWith("  ok ", StringComparison.Ordinal)).ShouldBe(49);
        lines.ShouldContain("  ok      quote signature: one by the attestation key");
        lines.ShouldContain("  ok      TCB status: found UpToDate, wanted one of UpToDate");
        lines.ShouldContain("All 49 checks passed.");
        result.Output.ShouldContain("The report data was not compared with anything");
    }

    [VectorFact]
    public async Task A_real_quote_fails_today_because_its_collateral_is_old()
    {
        var result = await VerifyAsync(Vector("tdx/quote_v4.bin"), "--collateral", Vector("tdx/quote_v4_collateral.json"), "--json");

        result.Status.ShouldBe(1, result.Error);
        var failures = Failures(result);
        failures.Keys.ShouldBe(["root revocation list dates", "PCK revocation list dates", "TCB info dates", "QE identity dates"], ignoreOrder: true);
        failures.Values.ShouldAllBe(advice => advice == "fetch the collateral again");
    }

    [VectorFact]
    public async Task One_flipped_bit_of_a_real_quote_is_found()
    {
        var quote = HardwareVectors.Read("tdx/quote_v4.bin");
        quote[200] ^= 1;
        var result = await VerifyAsync(Write("flipped.bin", quote), "--collateral", Vector("tdx/quote_v4_collateral.json"), "--time", Summer, "--json");

        result.Status.ShouldBe(1, result.Error);
        Failures(result).Keys.ShouldBe(["quote signature"]);
    }

    [VectorFact]
    public async Task Report_data_of_another_key_is_refused()
    {
        var result = await VerifyAsync(
            Vector("tdx/quote_v4.bin"), "--collateral", Vector("tdx/quote_v4_collateral.json"), "--time", Summer, "--json", "--key", new string('1', 64));

        result.Status.ShouldBe(1, result.Error);
        Failures(result).Keys.ShouldBe(["report data"]);
    }

    [VectorFact]
    public async Task An_enclave_of_a_platform_with_a_known_weakness_is_accepted_where_its_status_is()
    {
        string[] arguments = [Vector("tdx/sgx_quote_v3.bin"), "--collateral", Vector("tdx/sgx_quote_v3_collateral.json"), "--time", Summer, "--json"];
        Failures(await VerifyAsync(arguments)).Keys.ShouldBe(["TCB status"]);
        (await VerifyAsync([.. arguments, "--accept-status", "ConfigurationAndSWHardeningNeeded"])).Status.ShouldBe(0);
    }

    [VectorFact]
    public async Task The_boot_log_of_a_real_guest_replays_to_its_registers()
    {
        var log = Vector("tdx/ccel_event_log.bin");
        var facts = Facts(await AttestAsync("show", Vector("tdx/ccel_quote.bin"), "--event-log", log, "--json"));
        facts["log"].ShouldBe("replays to the registers");
        facts["log: event 2"].ShouldBe("RTMR0, EV_EFI_VARIABLE_DRIVER_CONFIG, UEFI variable SecureBoot = 0");

        // A log beside another guest's quote is found out, and the quote itself is as good as before.
        var result = await VerifyAsync(
            Vector("tdx/quote_v4.bin"), "--collateral", Vector("tdx/quote_v4_collateral.json"), "--time", Summer, "--event-log", log, "--json");
        result.Status.ShouldBe(1, result.Error);
        Failures(result).Keys.ShouldBe(["RTMR0", "RTMR1", "RTMR2"]);
    }

    [VectorFact]
    public async Task Only_the_debug_policy_speaks_against_a_real_SNP_report()
    {
        string[] evidence = [Vector("sev/attestation_report.bin"), "--certificates", Vector("sev/vcek.der"), Vector("sev/milan_ask_ark.pem"), "--json"];
        var facts = Facts(await AttestAsync(["show", .. evidence]));
        facts["product"].ShouldBe("Milan");
        facts["guest policy"].ShouldStartWith("0xb0000: debugging allowed");
        facts["reported TCB"].ShouldBe("boot loader 2, TEE 0, SNP 5, microcode 68, FMC 0");

        var result = await VerifyAsync([.. evidence, "--time", "2024-06-01"]);
        result.Status.ShouldBe(1, result.Error);
        Failures(result).Keys.ShouldBe(["debug policy"]);
        JsonNode.Parse(result.Output)!["notes"]!.AsArray().Select(note => $"{note}").ShouldContain(note => note.StartsWith("No revocation list was given", StringComparison.Ordinal));
    }

    [VectorFact]
    public async Task Revocation_lists_that_are_given_are_demanded_of_every_issuer()
    {
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var now = TimeProvider.System.GetUtcNow();
        var list = new CertificateRevocationListBuilder().Build(
            new X500DistinguishedName("CN=stranger"), X509SignatureGenerator.CreateForECDsa(stranger), 1, now.AddDays(1), HashAlgorithmName.SHA384,
            X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(new byte[20]), now.AddDays(-1));
        string[] evidence = [Vector("sev/attestation_report.bin"), "--certificates", Vector("sev/vcek.der"), Vector("sev/milan_ask_ark.pem"), "--time", "2024-06-01", "--json"];
        foreach (var form in new[] { list, Encoding.ASCII.GetBytes(PemEncoding.WriteString("X509 CRL", list)) })
        {
            var result = await VerifyAsync([.. evidence, "--crl", Write("list.crl", form)]);
            result.Status.ShouldBe(1, result.Error);
            Failures(result)["endorsement key revocation"].ShouldBe("fetch it from the vendor");
        }
        var refused = await VerifyAsync([.. evidence, "--crl", Vector("sev/vcek.der")]);
        refused.Status.ShouldBe(2);
        refused.Error.ShouldContain("is no revocation list, wanted one in PEM or DER");
    }

    [VectorFact]
    public async Task A_real_GPU_report_is_believed_and_held_against_the_manifests_given()
    {
        string[] evidence = [Vector("nvidia/hopper_attestation_report.txt"), "--chain", Vector("nvidia/hopper_cert_chain.txt"), "--json"];
        Facts(await AttestAsync(["show", .. evidence]))["driver"].ShouldBe("550.90.07");

        string[] manifests = ["--rim", Vector("nvidia/driver_rim_test.swidtag"), Vector("nvidia/vbios_rim_test.swidtag"), "--time", "2024-09-01"];
        var result = await VerifyAsync([.. evidence, .. manifests, "--nonce", "931d8dd0add203ac3d8b4fbde75e115278eefcdceac5b87671a748f32364dfcb"]);
        result.Status.ShouldBe(1, result.Error);
        Failures(result).Keys.ShouldBe(["driver manifest version"]);
        Failures(await VerifyAsync([.. evidence, .. manifests, "--nonce", new string('0', 64)])).Keys.ShouldBe(["nonce"]);
    }

    [VectorFact]
    public async Task A_real_quote_is_held_to_a_policy_file()
    {
        string[] evidence = [Vector("tdx/quote_v4.bin"), "--collateral", Vector("tdx/quote_v4_collateral.json"), "--time", Summer];
        var mrTd = Facts(await AttestAsync(["show", .. evidence[..1], "--json"]))["MRTD"];
        var strict = Policy($$"""
            {"kinds": ["tdx"], "minimumTier": "confidential_cpu", "tdx": {
              "minTcbEvaluationNumber": 17, "advisories": [], "requiredAttributes": "0000000010000000", "allowedAttributes": "0000000010000000",
              "allowedXfam": "00000000000602e7", "maxCollateralAgeDays": 12, "measurements": [{"mrTd": "{{mrTd}}"}]} }
            """);
        var result = await VerifyAsync([.. evidence, "--policy", strict]);
        result.Status.ShouldBe(0, result.Error + result.Output);
        result.Output.ShouldContain("  ok      accepted kind: tdx");
        result.Output.ShouldContain("  ok      collateral age: found 11.6 days, wanted at most 12 days");
        result.Output.ShouldContain($"  ok      measurements: mrTd {mrTd}");
        result.Output.ShouldContain("All 53 checks passed.");
        (await VerifyAsync([.. evidence, "--policy", "tdx"])).Output.ShouldContain("All 50 checks passed.");

        var others = Policy($$"""
            {"kinds": ["sev_snp", "tdx"], "images": ["{{new string('1', 64)}}"], "tdx": {
              "minTcbEvaluationNumber": 18, "mrSeam": ["{{mrTd}}"], "maxCollateralAgeDays": 11, "measurements": [{"rtmr3": "{{mrTd}}"}]} }
            """);
        Failures(await VerifyAsync([.. evidence, "--json", "--policy", others])).Keys.ShouldBe(
            ["image", "TCB evaluation number", "collateral age", "MRSEAM", "measurements"], ignoreOrder: true);
        Failures(await VerifyAsync([.. evidence, "--json", "--policy", "sev_snp"])).Keys.ShouldBe(["accepted kind"]);
    }

    [VectorFact]
    public async Task An_enclave_is_held_to_the_rules_of_platforms_and_told_to_be_no_peer()
    {
        string[] evidence = [Vector("tdx/sgx_quote_v3.bin"), "--collateral", Vector("tdx/sgx_quote_v3_collateral.json"), "--time", Summer, "--json"];
        var hardened = Policy("""{"kinds": ["tdx"], "tdx": {"tcbStatuses": ["ConfigurationAndSWHardeningNeeded"], "advisories": ["INTEL-SA-00289", "INTEL-SA-00615"]} }""");
        var result = await VerifyAsync([.. evidence, "--policy", hardened]);
        result.Status.ShouldBe(0, result.Error + result.Output);
        var notes = result.Json()["notes"]!.AsArray().Select(note => $"{note}").ToArray();
        notes.ShouldContain("The policy is relaxed: tdx.tcbStatuses: a platform that is ConfigurationAndSWHardeningNeeded is accepted.");
        notes.ShouldContain(note => note.StartsWith("No role of the network runs in an enclave", StringComparison.Ordinal));
        Failures(await VerifyAsync([.. evidence, "--policy", "tdx"])).Keys.ShouldBe(["TCB status"]);
    }

    [VectorFact]
    public async Task Real_SNP_and_GPU_evidence_passes_where_a_policy_allows_debugging_and_unknown_firmware()
    {
        string[] report = [Vector("sev/attestation_report.bin"), "--certificates", Vector("sev/vcek.der"), Vector("sev/milan_ask_ark.pem"), "--time", "2024-06-01", "--json"];
        var relaxed = Policy("""
            {"kinds": ["sev_snp"], "sevSnp": {"allowDebug": true, "minimumTcb": {"milan": {"bootLoader": 2, "snp": 5, "microcode": 68} } },
             "gpu": {"driverVersions": ["550.90.07"], "allowUnknownFirmware": true} }
            """);
        var result = await VerifyAsync([.. report, "--policy", relaxed]);
        result.Status.ShouldBe(0, result.Error + result.Output);
        result.Json()["notes"]!.AsArray().Select(note => $"{note}").ShouldContain("The policy is relaxed: sevSnp.allowDebug: a guest whose host can read its memory is accepted.");

        string[] gpu =
        [
            Vector("nvidia/hopper_attestation_report.txt"), "--chain", Vector("nvidia/hopper_cert_chain.txt"), "--time", "2024-09-01", "--json",
            "--nonce", "931d8dd0add203ac3d8b4fbde75e115278eefcdceac5b87671a748f32364dfcb",
        ];
        (await VerifyAsync([.. gpu, "--policy", relaxed])).Status.ShouldBe(0);
        (await VerifyAsync([.. gpu, "--policy", relaxed, "--rim", Vector("nvidia/driver_rim_test.swidtag")])).Error.ShouldContain("give two with --rim DRIVER VBIOS");
        Failures(await VerifyAsync([.. gpu, "--policy", Policy("""{"kinds": ["sev_snp"], "gpu": {"minimumCount": 2} }""")])).Keys.ShouldBe(["GPUs", "driver manifest"]);

        // The manifests at hand are of other versions than the GPU's, so none of them is its manifest.
        var manifests = Directory.CreateDirectory(Path.Combine(_folder, "manifests")).FullName;
        foreach (var name in new[] { "driver", "vbios" }) File.Copy(Vector($"nvidia/{name}_rim_test.swidtag"), Path.Combine(manifests, $"{name}.swidtag"));
        Failures(await VerifyAsync([.. gpu, "--policy", Policy("""{"kinds": ["sev_snp"], "gpu": {"manifestFolder": "manifests"} }""")])).Keys.ShouldBe(["driver manifest"]);
    }

    [Fact]
    public async Task A_policy_that_cannot_be_used_is_told_by_key()
    {
        var input = Write("stand-in.bin", new byte[64]);
        foreach (var (arguments, found) in new[]
        {
            (new[] { "--policy", Policy("""{"kinds": ["tdx"], "tdx": {"debug": true} }""") }, "tdx.debug: found a key that is not known here"),
            (["--policy", "any"], "--policy: 'any' asks for no evidence"),
            (["--policy", "trust"], "--policy: There is no evidence policy 'trust'"),
            (["--policy", "absent.json"], "'absent.json': the file: found one that cannot be read"),
            (["--policy", "fake_tdx", "--simulated"], "leave --accept-status and --simulated out"),
        })
        {
            var result = await VerifyAsync([input, .. arguments]);
            result.Status.ShouldBe(2, found);
            result.Error.Trim().Split('\n').ShouldHaveSingleItem().ShouldContain(found);
        }
        (await VerifyAsync(input, "--policy", "fake_tdx")).Status.ShouldBe(0);
        Failures(await VerifyAsync(input, "--policy", "tdx", "--json")).Keys.ShouldBe(["accepted kind"]);
    }

    [VectorFact]
    public async Task What_is_missing_is_told_by_name()
    {
        foreach (var (arguments, missing) in new[]
        {
            (new[] { Vector("tdx/quote_v4.bin") }, "--collateral FILE. This quote needs that of Tdx, FMSPC b0c06f000000, platform authority."),
            ([Vector("sev/attestation_report.bin")], "--certificates"),
            ([Vector("nvidia/hopper_attestation_report.txt")], "--chain"),
            ([Vector("nvidia/hopper_attestation_report.txt"), "--chain", Vector("nvidia/hopper_cert_chain.txt")], "of driver 550.90.07 (NV_GPU_DRIVER_GH100_550.90.07) and of firmware 96.00.9F.00.01"),
            ([Vector("tdx/ccel_event_log.bin")], "--event-log"),
            ([Vector("tdx/quote_v4_collateral.json")], "goes with --collateral"),
            ([Vector("tdx/quote_v4.bin"), "--nonce", new string('0', 64)], "--nonce means nothing for evidence of the kind 'tdx'"),
        })
        {
            var result = await VerifyAsync(arguments);
            result.Status.ShouldBe(2, missing);
            result.Error.Trim().Split('\n').ShouldHaveSingleItem().ShouldContain(missing);
        }
    }

    [Fact]
    public async Task Bad_input_is_told_in_one_line()
    {
        using var closed = new ClosedPort();
        foreach (var (arguments, found) in new[]
        {
            (new[] { "absent.bin" }, "There is no file 'absent.bin'"),
            ([Write("rubbish.bin", [1, 2, 3])], "is 3 bytes of another kind"),
            ([Write("rubbish.bin", [1, 2, 3]), "--time", "noon"], "--time: found 'noon'"),
            ([Write("rubbish.bin", [1, 2, 3]), "--key", "abc"], "--key: found 3 characters, wanted 64"),
            ([Write("rubbish.bin", [1, 2, 3]), "--accept-status", "Revoked"], "--accept-status: found 'Revoked'"),
            ([closed.EndPoint.ToString()], "Cannot connect to 127.0.0.1:"),
        })
        {
            var result = await VerifyAsync(arguments);
            result.Status.ShouldBe(2, found);
            result.Error.Trim().Split('\n').ShouldHaveSingleItem().ShouldContain(found);
        }
    }

    [Fact]
    public async Task A_certificate_with_a_simulated_quote_is_bound_to_its_key_and_proves_nothing()
    {
        using var key = Ed25519PrivateKey.Generate();
        using var other = Ed25519PrivateKey.Generate();
        var notBefore = TimeProvider.System.GetUtcNow().AddMinutes(-1);
        var quote = PublicSimulation.Tee.CreateQuote(new SimulatedGuest(), key.PublicKey);
        var good = Write("good.der", AttestedCertificate.Create(key, quote, notBefore, TimeSpan.FromDays(1)));

        var result = await VerifyAsync(good, "--simulated", "--json");
        result.Status.ShouldBe(0, result.Error + result.Output);
        result.Json()["notes"]!.AsArray().ShouldHaveSingleItem()!.GetValue<string>().ShouldContain("proves nothing");
        Facts(await AttestAsync("show", good, "--json"))["key binding"].ShouldBe("the report data is the SHA-512 of the key");

        var stolen = Write("stolen.der", AttestedCertificate.Create(other, quote, notBefore, TimeSpan.FromDays(1)));
        Failures(await VerifyAsync(stolen, "--simulated", "--json")).Keys.ShouldBe(["report data"]);

        // With a policy it is the policy that says whether the simulation counts, and for how long a certificate may be valid.
        (await VerifyAsync(good, "--policy", "simulated_tdx")).Status.ShouldBe(0);
        Failures(await VerifyAsync(good, "--policy", Policy("""{"kinds": ["simulated_tdx"], "maxCertificateHours": 23}"""), "--json")).Keys.ShouldBe(["certificate"]);
        var collateral = Write("collateral.json", PublicSimulation.Tee.Collateral.ToJson());
        Failures(await VerifyAsync(good, "--collateral", collateral, "--json")).Keys.ShouldBe(["collateral"]);
    }

    [Fact]
    public async Task A_nodes_port_is_asked_for_its_evidence()
    {
        using var tls = new AttestedTls(EvidenceSources.Create("simulated_tdx"), new AnyPolicy(), new AttestedTlsOptions(), TimeProvider.System);
        await using var listener = await PeerListener.StartAsync(
            new IPEndPoint(IPAddress.Loopback, 0), PeerPipeline.Accept(tls, Difficulty, TimeSpan.FromSeconds(60), TimeProvider.System, _ => Task.CompletedTask),
            new ConnectionLimiter(8, 8, 0, TimeProvider.System), NullLoggerFactory.Instance, CancellationToken.None);

        var result = await VerifyAsync(listener.EndPoint.ToString(), "--simulated");
        result.Status.ShouldBe(0, result.Error + result.Output);
        result.Output.ShouldContain("  ok      certificate: one that a node may show at this time");
        result.Output.ShouldContain("  ok      report data: ");

        (await VerifyAsync(listener.EndPoint.ToString())).Status.ShouldBe(2);
        var refused = await VerifyAsync(listener.EndPoint.ToString(), "--simulated", "--max-difficulty", $"{Difficulty - 1}");
        refused.Status.ShouldBe(2);
        refused.Error.ShouldContain($"asks for a difficulty of {Difficulty}");
    }

    private static Task<CommandResult> VerifyAsync(params string[] arguments) => AttestAsync(["verify", .. arguments]);

    private static Task<CommandResult> AttestAsync(params string[] arguments) => CocoonCommand.RunAsync(["attest", .. arguments]);

    private static string Vector(string path) => Path.Combine(HardwareVectors.Folder!, path);

    private static Dictionary<string, string> Facts(CommandResult result) =>
        result.Json()["facts"]!.AsArray().DistinctBy(fact => $"{fact!["name"]}").ToDictionary(fact => $"{fact!["name"]}", fact => $"{fact!["value"]}");

    private static Dictionary<string, string> Failures(CommandResult result) => JsonNode.Parse(result.Output)!["checks"]!.AsArray()
        .Where(check => !check!["passed"]!.GetValue<bool>()).ToDictionary(check => $"{check!["name"]}", check => $"{check!["advice"]}");

    private string Policy(string json) => Write($"policy-{Guid.NewGuid():n}.json", Encoding.UTF8.GetBytes(json));

    private string Write(string name, byte[] bytes)
    {
        var file = Path.Combine(_folder, name);
        File.WriteAllBytes(file, bytes);
        return file;
    }
}
