using Cocoon.Attestation.Chains;
using Cocoon.Attestation.Nvidia;
using Cocoon.Attestation.Tests.Chains;
using Cocoon.Attestation.Tests.Vendors;
using Cocoon.Attestation.Vendors;
using Cocoon.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Cocoon.Attestation.Tests.Nvidia;

public sealed class GpuEndorsementStoreTests : IDisposable
{
    private const string DriverPath = "v1/rim/NV_GPU_DRIVER_GH100_550.90.07";
    private const string VbiosPath = "v1/rim/NV_GPU_VBIOS_1010_0200_882_96009F0001";
    private readonly ManualTimeProvider _time = new(GpuForge.Now);
    private readonly FakeVendor _nvidia = new();
    private readonly GpuForge _forge = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cocoon-nvidia-");

    public GpuEndorsementStoreTests()
    {
        _nvidia.Documents[DriverPath] = Manifest("550.90.07");
        _nvidia.Documents[VbiosPath] = Manifest("96.00.9f.00.01", index: 0);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_manifests_that_a_GPU_names_are_found_and_verify_it()
    {
        var evidence = _forge.Make();
        var found = await Store().FindAsync(evidence, default);
        found.Failure.ShouldBeNull();
        _forge.Verify(evidence, found.Driver, found.Vbios).FirstFailure.ShouldBeNull();
        _nvidia.Asked.Order().ShouldBe([DriverPath, VbiosPath]);
    }

    [Fact]
    public async Task Nothing_is_fetched_for_evidence_that_no_device_of_NVIDIAs_signed()
    {
        var stranger = new GpuForge { Authority = new TestAuthority("test GPU authority", new TestAuthority("stranger")) };
        (await Store().FindAsync(stranger.Make(), default)).Failure!.ShouldStartWith("device issuer check: ");
        var changed = _forge.Make();
        var report = changed.Report.ToArray();
        report[^1] ^= 1;
        (await Store().FindAsync(changed with { Report = report }, default)).Failure!.ShouldStartWith("report signature check: ");
        (await Store().FindAsync(changed with { Report = report[..20] }, default)).Failure!.ShouldStartWith("report format check: ");
        _nvidia.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_manifest_of_another_version_or_signer_is_not_taken_and_the_other_is()
    {
        _nvidia.Documents[DriverPath] = Manifest("550.90.08");
        var found = await Store().FindAsync(_forge.Make(), default);
        found.Failure!.ShouldStartWith("driver manifest version check: found 550.90.08, wanted 550.90.07");
        found.Driver.ShouldBeNull();
        found.Vbios.ShouldNotBeNull();

        var other = new GpuRequirements { DeviceRoot = _forge.Root.Anchor, ManifestRoot = new TestAuthority("stranger").Anchor };
        (await new GpuEndorsementStore(_time, _nvidia, roots: other).FindAsync(_forge.Make(), default)).Failure!.ShouldStartWith("driver manifest issuer check: ");
        _nvidia.Documents.Clear();
        (await Store().FindAsync(_forge.Make(), default)).Failure!.ShouldContain("status 404");
        (await new GpuEndorsementStore(_time).FindAsync(_forge.Make(), default)).Failure!.ShouldContain("set Collateral:NvidiaUrl or Collateral:NvidiaFolder");
    }

    [Fact]
    public async Task A_name_that_would_lead_elsewhere_is_not_asked_for()
    {
        var evidence = _forge.Make(change: body =>
        {
            // The driver's version, of nine characters.
            var version = "../../abc"u8;
            var at = body.AsSpan().IndexOf("550.90.07"u8);
            version.CopyTo(body.AsSpan(at));
            return body;
        });
        (await Store().FindAsync(evidence, default)).Failure!.ShouldStartWith("driver manifest check: found a name that is none");
        _nvidia.Asked.ShouldBe([VbiosPath]);
    }

    [Fact]
    public async Task What_was_fetched_serves_the_next_run_and_a_folder_gives_the_same()
    {
        await Store(_folder.FullName).FindAsync(_forge.Make(), default);
        _folder.GetFiles().Select(file => file.Name).Order().ShouldBe(["NV_GPU_DRIVER_GH100_550.90.07.swidtag", "NV_GPU_VBIOS_1010_0200_882_96009F0001.swidtag"]);
        var store = new GpuEndorsementStore(_time, new FolderVendorSource(_folder.FullName), roots: _forge.Requirements);
        (await store.FindAsync(_forge.Make(), default)).Failure.ShouldBeNull();
    }

    [Fact]
    public async Task The_service_answers_with_JSON()
    {
        var answers = new Dictionary<string, string>
        {
            ["/" + DriverPath] = $"{{\"id\":\"x\",\"rim\":\"{Convert.ToBase64String(_nvidia.Documents[DriverPath])}\",\"rim_format\":\"TCG\"}}",
            ["/" + VbiosPath] = "{\"rim\":5}",
        };
        await using var server = HttpVendorSourceTests.Serve(context => context.Response.WriteAsync(answers[context.Request.Path.Value!]));
        await server.StartAsync();
        using var service = new HttpVendorSource(new Uri(server.Urls.Single()));
        var found = await new GpuEndorsementStore(_time, new RimServiceSource(service), roots: _forge.Requirements).FindAsync(_forge.Make(), default);
        found.Driver!.Version.ShouldBe("550.90.07");
        found.Failure.ShouldBe($"collateral check: found 9 bytes at {VbiosPath}, wanted a JSON object with the manifest in 'rim'; see that the address is of a RIM service.");
    }

    [Fact]
    public async Task Revocation_lists_are_read_from_files_and_looked_at_again()
    {
        var lists = new RevocationListFolder(_folder.FullName, _time);
        var store = new GpuEndorsementStore(_time, _nvidia, null, lists, _forge.Requirements);
        (await store.FindAsync(_forge.Make(), default)).RevocationLists.ShouldBeEmpty();
        await File.WriteAllBytesAsync(Path.Combine(_folder.FullName, "l1-root.crl"), _forge.Root.RevokeDer(2));
        lists.Read().ShouldBeEmpty();
        _time.Advance(TimeSpan.FromMinutes(1));
        var found = await store.FindAsync(_forge.Make(), default);
        _forge.Requirements = _forge.Requirements with { RevocationLists = found.RevocationLists };
        _forge.Verify().FirstFailure!.ShouldStartWith("device revocation check: found CN=test GPU authority, revoked");

        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "broken.crl"), "no list");
        _time.Advance(TimeSpan.FromMinutes(1));
        (await Should.ThrowAsync<AttestationException>(async () => await store.FindAsync(_forge.Make(), default))).Message.ShouldContain("broken.crl', wanted a revocation list in DER");
    }

    [Fact]
    public void Lists_are_demanded_of_issuers_that_publish_them()
    {
        _forge.Requirements = _forge.Requirements with { RequireRevocationLists = true };
        _forge.Verify().FirstFailure.ShouldBeNull();

        var root = _forge.Root;
        _forge.Authority = new TestAuthority("test GPU authority", root, listPoint: "http://127.0.0.1/l1-root.crl");
        _forge.Verify().FirstFailure!.ShouldStartWith("device revocation check: found no list, wanted the list of CN=test device root");
        _forge.Requirements = _forge.Requirements with { RevocationLists = [root.Revoke(99)] };
        _forge.Verify().FirstFailure.ShouldBeNull();
    }

    [Fact]
    public void Later_chips_name_the_manifest_of_their_driver_by_the_chip()
    {
        GpuReport.Parse(_forge.Make().Report).DriverManifestName.ShouldBe("NV_GPU_DRIVER_GH100_550.90.07");
        _forge.Chip = "GB100";
        GpuReport.Parse(_forge.Make().Report).DriverManifestName.ShouldBe("NV_GPU_CC_DRIVER_GB100_550.90.07");
    }

    private GpuEndorsementStore Store(string? cache = null) => new(_time, _nvidia, cache, null, _forge.Requirements);

    private byte[] Manifest(string version, int index = 7) => _forge.ManifestXml(version, null, (index, [GpuForge.Hash(index + 1)]));
}
