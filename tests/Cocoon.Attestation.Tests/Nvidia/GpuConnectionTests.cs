using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using Cocoon.Attestation.Nvidia;
using Cocoon.Attestation.PeerInfo;
using Cocoon.Attestation.Policies;
using Cocoon.Attestation.Sources;
using Cocoon.Cryptography;
using Cocoon.Testing;

namespace Cocoon.Attestation.Tests.Nvidia;

/// <summary>Machines that show their GPUs over attested connections.</summary>
public sealed class GpuConnectionTests : IDisposable
{
    private const string Shown = "simulated_tdx";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ManualTimeProvider _time = new();
    private readonly GpuForge _forge = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cocoon-gpu-");
    private readonly List<IDisposable> _open = [];

    [Fact]
    public async Task GPUs_are_verified_for_the_connection_and_known_with_the_peer()
    {
        await using var pair = await ConnectAsync(Machine(Source("a", "b")), Verifier(Rules()));
        pair.Dialled.PeerGpus.ShouldBeEmpty();
        (await RefusalAsync(pair)).ShouldBeNull();
        pair.Dialled.PeerGpus.Select(gpu => (gpu.Model, gpu.DriverVersion, gpu.VbiosVersion)).ShouldBe([("a", "550.90.07", "96.00.9F.00.01"), ("b", "550.90.07", "96.00.9F.00.01")]);
        pair.Dialled.PeerGpus.Select(gpu => gpu.Name).ShouldBe(new[] { "a", "b" }.Select(name => GpuBinding.DeviceOf(new GpuForge { Name = name }.Make())));
    }

    [Fact]
    public async Task Negative_gpu_evidence_of_another_vm_is_refused()
    {
        var (rules, source) = (Rules(), Source("a"));
        await using var one = await ConnectAsync(Machine(source), Verifier(rules));
        await using var other = await ConnectAsync(Machine(Source("b")), Verifier(rules));
        var (shown, foreign) = (await one.Served.ProveAsync(default), await other.Served.ProveAsync(default));
        (await one.Dialled.FindRefusalAsync(shown, default)).ShouldBeNull();
        // Put beside a quote that does not name it, in place of the machine's own GPU or besides it.
        (await one.Dialled.FindRefusalAsync(shown with { Gpus = foreign.Gpus }, default))!.ShouldStartWith("policy 'simulated_tdx': report data check: ");
        (await one.Dialled.FindRefusalAsync(shown with { Gpus = [.. shown.Gpus, .. foreign.Gpus] }, default))!.ShouldStartWith("policy 'simulated_tdx': report data check: ");
        // Named by a machine that had another ask its GPU: that one's nonce is made of its own key.
        await using var thief = await ConnectAsync(Machine(new Gpus((_, _) => Task.FromResult(foreign.Gpus))), Verifier(rules));
        (await RefusalAsync(thief))!.ShouldStartWith("policy 'simulated_tdx': GPU 0 nonce check: found ");
        thief.Dialled.PeerGpus.ShouldBeEmpty();
    }

    [Fact]
    public async Task Negative_replayed_gpu_evidence_of_another_connection_is_refused()
    {
        // The same machine and key, a GPU that is not there any more.
        ImmutableArray<GpuEvidence>? kept = null;
        var source = Source("a");
        var machine = Machine(new Gpus(async (nonce, token) => kept ??= await source.CollectAsync(nonce, token)));
        var verifier = Verifier(Rules());
        await using var first = await ConnectAsync(machine, verifier);
        await using var second = await ConnectAsync(machine, verifier);
        second.Dialled.Peer.PublicKey.ShouldBe(first.Dialled.Peer.PublicKey);
        (await RefusalAsync(first)).ShouldBeNull();
        (await RefusalAsync(second))!.ShouldStartWith("policy 'simulated_tdx': GPU 0 nonce check: found ");
    }

    [Fact]
    public async Task Negative_gpu_evidence_for_a_nonce_is_none_for_a_connection()
    {
        // Even where the nonce is the connection's own secret.
        var source = Source("a");
        var machine = Machine(new Gpus((nonce, token) => source.CollectAsync(nonce, token)));
        await using var pair = await ConnectAsync(machine, Verifier(Rules()));
        var secret = new byte[Bits256.Size];
        pair.Dialled.ExportKeyingMaterial("EXPORTER-Cocoon-evidence", [], secret);
        var shown = await pair.Served.ProveAsync(default);
        var asked = await pair.Served.ProveAsync(new Bits256(secret), default);
        (await pair.Dialled.FindRefusalAsync(shown, default)).ShouldBeNull();
        (await pair.Dialled.FindRefusalAsync(shown with { Gpus = asked.Gpus }, default))!.ShouldStartWith("policy 'simulated_tdx': GPU 0 nonce check: found ");
        (await pair.Dialled.FindRefusalAsync(asked, default))!.ShouldStartWith("policy 'simulated_tdx': report data check: ");
    }

    [Fact]
    public async Task Negative_gpu_that_is_missing_or_there_twice_is_refused()
    {
        await using var pair = await ConnectAsync(Machine(Source("a", "b")), Verifier(Rules()));
        var shown = await pair.Served.ProveAsync(default);
        (await RefusalAsync([shown.Gpus[0]]))!.ShouldStartWith("policy 'simulated_tdx': report data check: ");
        (await RefusalAsync([]))!.ShouldStartWith("policy 'simulated_tdx': report data check: ");
        (await RefusalAsync([shown.Gpus[0], shown.Gpus[0]]))!.ShouldStartWith("GPU list check: found the GPU ");
        (await RefusalAsync([.. Enumerable.Repeat(shown.Gpus[0], 17)])).ShouldBe("GPU count check: found 17 GPUs, wanted at most 16.");
        (await RefusalAsync([shown.Gpus[0] with { Certificates = [] }, shown.Gpus[1]])).ShouldBe("The GPU's evidence has no certificate.");
        (await RefusalAsync([shown.Gpus[0] with { Report = new byte[5] }, shown.Gpus[1]]))!.ShouldStartWith("policy 'simulated_tdx': GPU 0 report format check: ");
        (await RefusalAsync([shown.Gpus[1], shown.Gpus[0]])).ShouldBeNull();

        ValueTask<string?> RefusalAsync(ImmutableArray<GpuEvidence> gpus) => pair.Dialled.FindRefusalAsync(shown with { Gpus = gpus }, default);
    }

    [Fact]
    public async Task Negative_gpu_whose_report_another_key_signed_is_refused()
    {
        // A genuine certificate, and a report by whoever has not its key.
        var (own, other) = (new GpuForge { Name = "a" }, new GpuForge { Name = "b" });
        var machine = Machine(new Gpus((nonce, _) => Task.FromResult<ImmutableArray<GpuEvidence>>([other.Make(nonce.ToArray()) with { Certificates = own.Make().Certificates }])));
        await using var pair = await ConnectAsync(machine, Verifier(Rules()));
        (await RefusalAsync(pair))!.ShouldStartWith("policy 'simulated_tdx': GPU 0 report signature check: ");
    }

    [Fact]
    public async Task A_policy_that_demands_GPUs_refuses_a_machine_without_and_one_with_too_few()
    {
        await using var none = await ConnectAsync(Machine(null), Verifier(Rules()));
        (await RefusalAsync(none))!.ShouldStartWith("policy 'simulated_tdx': GPU count check: found 0 GPUs, wanted at least 1; start the peer with GpuEvidence 'nvattest'");
        none.Dialled.FindRefusalOfAbsence()!.ShouldStartWith("policy 'simulated_tdx': GPU check: found a peer that cannot show GPUs, wanted protocol version 3");
        await using var few = await ConnectAsync(Machine(Source("a")), Verifier(Rules() with { MinimumCount = 2 }));
        (await RefusalAsync(few))!.ShouldContain("found 1 GPUs, wanted at least 2");
        await using var either = await ConnectAsync(Machine(null), Verifier(Rules() with { Required = false, MinimumCount = 2 }));
        (await RefusalAsync(either)).ShouldBeNull();
        either.Dialled.FindRefusalOfAbsence().ShouldBeNull();
        await using var some = await ConnectAsync(Machine(Source("a")), Verifier(Rules() with { Required = false, MinimumCount = 2 }));
        (await RefusalAsync(some))!.ShouldContain("found 1 GPUs, wanted at least 2");
    }

    [Fact]
    public async Task GPUs_that_nobody_demands_are_NVIDIAs_nevertheless()
    {
        await using var pair = await ConnectAsync(Machine(Source("a")), Verifier(null));
        (await RefusalAsync(pair))!.ShouldContain("GPU 0 device ");
        pair.Dialled.FindRefusalOfAbsence().ShouldBeNull();
        await using var none = await ConnectAsync(Machine(null), Verifier(null));
        (await RefusalAsync(none)).ShouldBeNull();
    }

    [Fact]
    public async Task Manifests_come_from_the_folder_of_the_rules_by_the_names_that_NVIDIA_gives_them()
    {
        var rules = Rules() with { Requirements = _forge.Requirements, ManifestFolder = _folder.FullName };
        await using var pair = await ConnectAsync(Machine(Source("GH100 A01", "GH100 A02")), Verifier(rules));
        var shown = await pair.Served.ProveAsync(default);
        (await pair.Dialled.FindRefusalAsync(shown, default))!.ShouldStartWith("policy 'simulated_tdx': GPU 0 driver manifest check: found none for 550.90.07");
        Put("NV_GPU_DRIVER_GH100_550.90.07", _forge.ManifestXml("550.90.07", null, (7, [GpuForge.Hash(8)])));
        (await pair.Dialled.FindRefusalAsync(shown, default))!.ShouldStartWith("policy 'simulated_tdx': GPU 0 VBIOS manifest check: found none for 96.00.9F.00.01");
        Put("NV_GPU_VBIOS_1010_0200_882_96009F0001", _forge.ManifestXml("96.00.9f.00.01", null, (0, [GpuForge.Hash(2)])));
        (await pair.Dialled.FindRefusalAsync(shown, default))!.ShouldStartWith("policy 'simulated_tdx': GPU 0 measurements check: found others at 0");
        Put("NV_GPU_VBIOS_1010_0200_882_96009F0001", _forge.ManifestXml("96.00.9f.00.01", null, (0, [GpuForge.Hash(1)])));
        (await pair.Dialled.FindRefusalAsync(shown, default)).ShouldBeNull();
        Put("NV_GPU_DRIVER_GH100_550.90.07", "<SoftwareIdentity>"u8.ToArray());
        (await pair.Dialled.FindRefusalAsync(shown, default))!.ShouldStartWith("policy 'simulated_tdx': GPU 0 driver manifest check: found one that cannot be read: ");

        void Put(string name, byte[] manifest) => File.WriteAllBytes(InFolder(name + ".swidtag"), manifest);
    }

    [Theory]
    [InlineData("../secret")]
    [InlineData("a/b")]
    [InlineData("")]
    [InlineData(".hidden")]
    public async Task A_name_from_a_report_leads_to_no_other_folder(string name)
    {
        await File.WriteAllTextAsync(InFolder("secret.swidtag"), "no manifest");
        await File.WriteAllTextAsync(InFolder(".hidden.swidtag"), "no manifest");
        var folder = Directory.CreateDirectory(InFolder("manifests"));
        (await new RimFolder(folder.FullName).FindAsync(name, default)).ShouldBeNull();
    }

    [Fact]
    public async Task Who_asks_for_no_evidence_is_told_of_no_GPUs()
    {
        await using var pair = await ConnectAsync(Machine(Source("a")), Verifier(null, "any"));
        (await RefusalAsync(pair)).ShouldBeNull();
        pair.Dialled.PeerGpus.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_tool_that_answers_the_nonce_it_is_given_proves_its_GPU()
    {
        var command = await WriteToolAsync(_forge);
        var machine = Machine(new BoundedGpuSource(new NvattestSource(command), TimeSpan.FromMinutes(1), _time));
        await using var pair = await ConnectAsync(machine, Verifier(Rules()));
        (await RefusalAsync(pair)).ShouldBeNull();
        pair.Dialled.PeerGpus.ShouldBe([new AttestedGpu(GpuBinding.DeviceOf(_forge.Make()), "test GPU", "550.90.07", "96.00.9F.00.01")]);
        // And once more, for a nonce.
        var nonce = Bits256.Random();
        var shown = await pair.Served.ProveAsync(nonce, default);
        GpuReport.Parse(shown.Gpus[0].Report).Nonce.ToArray().ShouldBe(GpuBinding.ToNonce(pair.Dialled.Peer.PublicKey, nonce).ToArray());
    }

    [Fact]
    public async Task A_tool_that_hangs_ends_with_who_asked()
    {
        var command = await WriteScriptAsync("exec sleep 600\n");
        using var stopping = new CancellationTokenSource();
        var collecting = new NvattestSource(command).CollectAsync(Bits256.Zero, stopping.Token);
        await stopping.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(collecting.WaitAsync(Patience));
    }

    [Fact]
    public async Task GPUs_have_a_time_and_are_asked_for_one_connection_after_the_other()
    {
        var asked = new SemaphoreSlim(0);
        var source = new BoundedGpuSource(
            new Gpus(async (_, token) =>
            {
                asked.Release();
                await Task.Delay(Timeout.InfiniteTimeSpan, token);
                return [];
            }),
            TimeSpan.FromSeconds(30), _time);
        var first = source.CollectAsync(Bits256.Zero, default);
        var second = source.CollectAsync(Bits256.Zero, default);
        (await asked.WaitAsync(Patience)).ShouldBeTrue();
        asked.CurrentCount.ShouldBe(0);
        second.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(30));
        (await Should.ThrowAsync<AttestationException>(first.WaitAsync(Patience))).Message.ShouldStartWith("The GPUs gave no evidence within 30 seconds; ");
        // Only now is it the other's turn, and its time begins.
        (await asked.WaitAsync(Patience)).ShouldBeTrue();
        second.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(30));
        await Should.ThrowAsync<AttestationException>(second.WaitAsync(Patience));
    }

    [Fact]
    public async Task Evidence_beyond_what_a_packet_takes_is_not_sent()
    {
        var large = new GpuEvidence(new byte[GpuEvidence.MaxTotalSize], [new byte[1]]);
        var source = new BoundedGpuSource(new Gpus((_, _) => Task.FromResult<ImmutableArray<GpuEvidence>>([large])), TimeSpan.FromSeconds(30), _time);
        (await Should.ThrowAsync<AttestationException>(source.CollectAsync(Bits256.Zero, default))).Message.ShouldBe("The GPUs gave 212993 bytes of evidence, wanted at most 212992.");
    }

    [Fact]
    public async Task GPUs_that_cannot_be_asked_leave_nothing_to_show()
    {
        await using var pair = await ConnectAsync(Machine(new NvattestSource("false")), Verifier(Rules()));
        (await Should.ThrowAsync<AttestationException>(pair.Served.ProveAsync(default).AsTask())).Message.ShouldContain("`false collect-evidence` ended with 1");
    }

    public void Dispose()
    {
        foreach (var open in _open) open.Dispose();
        _folder.Delete(recursive: true);
    }

    private static Gpus Source(params string[] names) =>
        new((nonce, _) => Task.FromResult<ImmutableArray<GpuEvidence>>([.. names.Select(name => new GpuForge { Name = name }.Make(nonce.ToArray()))]));

    private GpuRules Rules() => new() { Requirements = _forge.Requirements with { AllowUnknownFirmware = true } };

    private AttestedTls Machine(IGpuEvidenceSource? gpus) => Make(Shown, new AnyPolicy(), gpus);

    private AttestedTls Verifier(GpuRules? rules, string policy = Shown) =>
        Make("none", new GpuPolicy(EvidencePolicies.Create(policy, services: new PolicyServices(_time)), rules), null);

    private AttestedTls Make(string evidence, IEvidencePolicy policy, IGpuEvidenceSource? gpus)
    {
        var side = new AttestedTls(EvidenceSources.Create(evidence), policy, new AttestedTlsOptions { Gpus = gpus }, _time);
        _open.Add(side);
        return side;
    }

    private static async Task<Pair> ConnectAsync(AttestedTls server, AttestedTls client)
    {
        var pipes = new DuplexPipePair();
        var serving = server.AuthenticateAsServerAsync(pipes.Left, default);
        var dialling = client.AuthenticateAsClientAsync(pipes.Right, default);
        return new Pair(await serving.WaitAsync(Patience), await dialling.WaitAsync(Patience));
    }

    private static async Task<string?> RefusalAsync(Pair pair) =>
        await pair.Dialled.FindRefusalAsync(await pair.Served.ProveAsync(default).AsTask().WaitAsync(Patience), default);

    /// <summary>A tool with the arguments and the output of NVIDIA's that signs with the key of a forged GPU.</summary>
    private async Task<string> WriteToolAsync(GpuForge forge)
    {
        var body = forge.Body(new byte[32]);
        await File.WriteAllBytesAsync(InFolder("before"), body[..4]);
        await File.WriteAllBytesAsync(InFolder("after"), body[36..]);
        await File.WriteAllTextAsync(InFolder("key"), forge.Key.ExportPkcs8PrivateKeyPem());
        var chain = string.Concat(forge.Make().Certificates.Select(certificate => System.Security.Cryptography.PemEncoding.WriteString("CERTIFICATE", certificate.Span) + "\n"));
        await File.WriteAllTextAsync(InFolder("chain"), Convert.ToBase64String(Encoding.ASCII.GetBytes(chain)));
        return await WriteScriptAsync(
            """
            set -eu
            test "$1 $2 $3 $4 $6 $7" = "collect-evidence --device gpu --nonce --format json"
            cd "$(dirname "$0")"
            { cat before; printf "$(printf %s "$5" | sed 's/../\\x&/g')"; cat after; } > body
            openssl dgst -sha384 -sign key body > der
            cp body report
            for number in $(openssl asn1parse -inform DER -in der | sed -n 's/.*INTEGER *://p'); do
              padded=$(printf '%96s' "$number" | tr ' ' 0)
              printf "$(printf %s "$padded" | sed 's/../\\x&/g')" >> report
            done
            printf '{"evidences":[{"evidence":"%s","certificate":"%s"}],"result_code":0}' "$(openssl base64 -A -in report)" "$(cat chain)"

            """);
    }

    private string InFolder(string name) => Path.Combine(_folder.FullName, name);

    private async Task<string> WriteScriptAsync(string text)
    {
        var (written, command) = (InFolder("script"), InFolder("nvattest"));
        await File.WriteAllTextAsync(written, "#!/usr/bin/env bash\n" + text);
        // What this process holds open for writing, a process that another test starts may hold as well, and then it cannot be run.
        using var copying = Process.Start("/bin/sh", ["-c", $"cp '{written}' '{command}' && chmod 700 '{command}'"]);
        await copying.WaitForExitAsync().WaitAsync(Patience);
        copying.ExitCode.ShouldBe(0);
        return command;
    }

    private sealed record Pair(AttestedConnection Served, AttestedConnection Dialled) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Served.DisposeAsync();
            await Dialled.DisposeAsync();
        }
    }

    private sealed class Gpus(Func<Bits256, CancellationToken, Task<ImmutableArray<GpuEvidence>>> collect) : IGpuEvidenceSource
    {
        public Task<ImmutableArray<GpuEvidence>> CollectAsync(Bits256 nonce, CancellationToken cancellationToken) => collect(nonce, cancellationToken);
    }

    private sealed class GpuPolicy(IEvidencePolicy policy, GpuRules? rules) : IEvidencePolicy
    {
        public string Name => policy.Name;

        public GpuRules? Gpu => rules;

        public ValueTask<PolicyVerdict> EvaluateAsync(ReadOnlyMemory<byte> quote, EvidenceBinding binding, CancellationToken cancellationToken) =>
            policy.EvaluateAsync(quote, binding, cancellationToken);

        public PolicyVerdict Evaluate(AttestedPeerInfo peer) => policy.Evaluate(peer);
    }
}
