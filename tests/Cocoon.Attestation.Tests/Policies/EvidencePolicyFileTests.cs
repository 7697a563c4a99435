using System.Globalization;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.Nvidia;
using Cocoon.Attestation.Policies;
using Cocoon.Attestation.Quotes;
using Cocoon.Attestation.SevSnp;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Tests.Policies;

public sealed class EvidencePolicyFileTests : IDisposable
{
    private static readonly string Hash32 = new('1', 64);
    private static readonly string Hash48 = new('2', 96);
    private static readonly string Hash64 = new('3', 128);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cocoon-policy-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("fake_tdx")]
    [InlineData("simulated_tdx")]
    [InlineData("tdx")]
    [InlineData("sev_snp")]
    public void A_file_that_names_a_kind_and_no_more_wants_what_the_policy_of_that_name_wants(string kind)
    {
        var (file, name) = (Read($$"""{"kinds": ["{{kind}}"]}"""), EvidencePolicies.Read(kind));
        // Compared part by part: the lists in them compare by place, not by content.
        file.Kinds.ShouldBe(name.Kinds);
        file.Accepts.ShouldBe(name.Accepts);
        file.Relaxations.ShouldBe(name.Relaxations);
        file.Tier.ShouldBe(name.Tier);
        file.Images.Hashes.ShouldBe(name.Images.Hashes);
        Show(file.Tdx).ShouldBe(Show(name.Tdx));
        Show(file.SevSnp).ShouldBe(Show(name.SevSnp));
        file.Gpu.ShouldBeNull();
        file.Freshness.ShouldBe(name.Freshness);
        file.MaxCertificateLifetime.ShouldBe(name.MaxCertificateLifetime);
    }

    [Fact]
    public void An_empty_section_changes_nothing()
    {
        var file = Read("""{"kinds": ["tdx", "sev_snp"], "tdx": {}, "sevSnp": {}}""");
        Show(file.Tdx).ShouldBe(Show(QuoteRequirements.Default));
        Show(file.SevSnp).ShouldBe(Show(new SnpRequirements()));
        file.Relaxations.ShouldBeEmpty();
        file.Tier.ShouldBe(EvidenceTier.ConfidentialCpu);
    }

    [Fact]
    public void Every_key_of_a_tdx_section_is_read()
    {
        var tdx = Read(Tdx($$"""
            "tcbStatuses": ["UpToDate", "SWHardeningNeeded"], "advisories": ["INTEL-SA-00615"], "minTcbEvaluationNumber": 17, "mrSeam": ["{{Hash48}}"],
            "requiredAttributes": "0000000010000000", "allowedAttributes": "0000000030000000", "requiredXfam": "0000000000000007", "allowedXfam": "00000000000602e7",
            "maxCollateralAgeDays": 7, "measurements": [{"mrTd": "{{Hash48}}"}, {"rtmr0": "{{Hash48}}", "rtmr3": "{{Hash48}}"}]
            """)).Tdx;
        tdx.AcceptedStatuses.ShouldBe([TcbStatus.UpToDate, TcbStatus.SwHardeningNeeded]);
        tdx.AcceptedAdvisories!.Value.ShouldBe(["INTEL-SA-00615"]);
        tdx.MinEvaluationNumber.ShouldBe(17);
        tdx.AcceptedMrSeam!.Value.ShouldBe([Bits384.Parse(Hash48)]);
        tdx.RequiredAttributes.ShouldBe(TdAttributes.SeptVeDisable);
        tdx.AllowedAttributes.ShouldBe(TdAttributes.SeptVeDisable | TdAttributes.Migratable);
        tdx.RequiredXfam.ShouldBe(7UL);
        tdx.AllowedXfam.ShouldBe(0x602e7UL);
        tdx.MaxCollateralAge.ShouldBe(TimeSpan.FromDays(7));
        tdx.Measurements.Select(pattern => pattern.ToString()).ShouldBe([$"mrTd {Hash48}", $"rtmr0 {Hash48} and rtmr3 {Hash48}"]);
    }

    [Fact]
    public void Every_key_of_an_snp_section_is_read()
    {
        var snp = Read($$"""
            {"kinds": ["sev_snp"], "sevSnp": {
              "products": ["genoa", "turin"], "minimumTcb": {"genoa": {"bootLoader": 9, "snp": 23, "microcode": 72}, "turin": {"fmc": 1, "tee": 2} },
              "allowSmt": false, "allowDebug": true, "allowMigration": true, "allowVlek": true, "allowMaskedChip": true, "maxVmpl": 2, "minGuestSvn": 4294967295,
              "measurements": ["{{Hash48}}"], "hostData": ["{{Hash32}}"], "chipIds": ["{{Hash64}}"], "requireRevocationList": true} }
            """).SevSnp;
        snp.Products.ShouldBe([SnpProduct.Genoa, SnpProduct.Turin]);
        snp.MinimumTcb.Count.ShouldBe(2);
        snp.MinimumTcb[SnpProduct.Genoa].ShouldBe(new SnpTcb(9, 0, 23, 72));
        snp.MinimumTcb[SnpProduct.Turin].ShouldBe(new SnpTcb(0, 2, 0, 0, 1));
        (snp.AllowSmt, snp.AllowDebug, snp.AllowMigration, snp.AllowVlek, snp.AllowMaskedChip).ShouldBe((false, true, true, true, true));
        (snp.MaxVmpl, snp.MinGuestSvn, snp.RequireRevocationList).ShouldBe((2u, uint.MaxValue, true));
        snp.Measurements.ShouldHaveSingleItem().ToArray().ShouldBe(Convert.FromHexString(Hash48));
        snp.HostData.ShouldHaveSingleItem().ToArray().ShouldBe(Convert.FromHexString(Hash32));
        snp.ChipIds.ShouldHaveSingleItem().ToArray().ShouldBe(Convert.FromHexString(Hash64));
    }

    [Fact]
    public void Every_key_of_a_gpu_section_is_read_and_its_folder_begins_where_the_file_lies()
    {
        var manifests = _folder.CreateSubdirectory("manifests").FullName;
        var gpu = Read("""
            {"kinds": ["tdx"], "gpu": {"required": false, "minimumCount": 8, "driverVersions": ["550.90.07"], "vbiosVersions": ["96.00.9F.00.01"],
             "requireRevocationLists": true, "manifestFolder": "manifests", "allowUnknownFirmware": true}}
            """).Gpu.ShouldNotBeNull();
        (gpu.Required, gpu.MinimumCount, gpu.ManifestFolder).ShouldBe((false, 8, manifests));
        gpu.Requirements.DriverVersions.ShouldBe(["550.90.07"]);
        gpu.Requirements.VbiosVersions.ShouldBe(["96.00.9F.00.01"]);
        (gpu.Requirements.RequireRevocationLists, gpu.Requirements.AllowUnknownFirmware).ShouldBe((true, true));

        var plain = Read("""{"kinds": ["tdx"], "gpu": {}}""").Gpu.ShouldNotBeNull();
        plain.ShouldBe(new GpuRules { Requirements = plain.Requirements });
        plain.Required.ShouldBeTrue();
        plain.Requirements.AllowUnknownFirmware.ShouldBeFalse();
    }

    [Fact]
    public void What_is_for_all_kinds_is_read()
    {
        var rules = Read($$"""{"kinds": ["tdx", "simulated_tdx"], "images": ["{{Hash32}}"], "freshness": "required", "maxCertificateHours": 24, "minimumTier": "test"}""");
        rules.Kinds.ShouldBe([EvidenceKind.Tdx, EvidenceKind.SimulatedTdx]);
        rules.Images.Hashes.ShouldBe([Bits256.Parse(Hash32)]);
        rules.Freshness.ShouldBe(FreshnessRule.Required);
        rules.MaxCertificateLifetime.ShouldBe(TimeSpan.FromHours(24));
        rules.Accepts.ShouldBe("tdx or simulated_tdx; images: 1 listed here; TCB: UpToDate; certificates: 24 hours at most; evidence made for the connection");
        Read("""{"kinds": ["tdx"], "freshness": "version_3"}""").Freshness.ShouldBe(FreshnessRule.Version3);
        EvidencePolicies.Create(rules, new PolicyServices(TimeProvider.System)).Freshness.ShouldBe(FreshnessRule.Required);
    }

    [Theory]
    [InlineData("""{"kinds": ["simulated_tdx"]}""", "kinds: simulated_tdx is accepted, which anybody can make and which proves no hardware")]
    [InlineData("""{"kinds": ["fake_tdx"]}""", "kinds: fake_tdx is accepted, which anybody can make and which proves no hardware")]
    [InlineData("""{"kinds": ["tdx"], "tdx": {"tcbStatuses": ["UpToDate", "OutOfDate"]}}""", "tdx.tcbStatuses: a platform that is OutOfDate is accepted")]
    [InlineData("""{"kinds": ["tdx"], "tdx": {"allowedAttributes": "0000000030000000"}}""", "tdx.allowedAttributes: a guest that can be moved to another machine is accepted")]
    [InlineData("""{"kinds": ["sev_snp"], "sevSnp": {"allowDebug": true}}""", "sevSnp.allowDebug: a guest whose host can read its memory is accepted")]
    [InlineData("""{"kinds": ["sev_snp"], "sevSnp": {"allowMigration": true}}""", "sevSnp.allowMigration: a guest that a migration agent can read is accepted")]
    [InlineData("""{"kinds": ["sev_snp"], "sevSnp": {"allowVlek": true}}""", "sevSnp.allowVlek: a cloud provider's key is accepted in place of a chip's")]
    [InlineData("""{"kinds": ["sev_snp"], "sevSnp": {"allowMaskedChip": true}}""", "sevSnp.allowMaskedChip: a chip that does not say which it is is accepted")]
    [InlineData("""{"kinds": ["sev_snp"], "sevSnp": {"maxVmpl": 1}}""", "sevSnp.maxVmpl: reports asked for by less privileged software of the guest, down to level 1, are accepted")]
    [InlineData("""{"kinds": ["tdx"], "gpu": {"allowUnknownFirmware": true}}""", "gpu.allowUnknownFirmware: a GPU is accepted whose measurements no manifest was found for")]
    [InlineData("""{"kinds": ["tdx"], "maxCertificateHours": 169}""", "maxCertificateHours: certificates valid for 169 hours are accepted, more than 168")]
    [InlineData("""{"kinds": ["tdx"], "freshness": "off"}""", "freshness: no peer has to prove that its evidence is made for this connection")]
    public void Whatever_loosens_is_told_in_words(string json, string relaxation) => Read(json).Relaxations.ShouldBe([relaxation]);

    [Fact]
    public void Whatever_tightens_is_no_relaxation() => Read($$"""
        {"kinds": ["tdx", "sev_snp"], "images": ["{{Hash32}}"], "freshness": "required", "maxCertificateHours": 168, "minimumTier": "confidential_cpu_and_gpu",
         "tdx": {"tcbStatuses": ["UpToDate"], "advisories": [], "minTcbEvaluationNumber": 99, "mrSeam": ["{{Hash48}}"], "requiredAttributes": "0000000010000000",
                 "allowedXfam": "00000000000602e7", "maxCollateralAgeDays": 1, "measurements": [{"rtmr1": "{{Hash48}}"}]},
         "sevSnp": {"products": ["milan"], "minimumTcb": {"milan": {"snp": 23} }, "allowSmt": false, "minGuestSvn": 1, "requireRevocationList": true},
         "gpu": {"minimumCount": 2, "driverVersions": ["550.90.07"], "requireRevocationLists": true} }
        """).Relaxations.ShouldBeEmpty();

    [Theory]
    [InlineData("", "the file: found one that cannot be read")]
    [InlineData("[]", "the file: found [], wanted an object")]
    [InlineData("""{"kinds": ["tdx"]} x""", "the file: found one that cannot be read")]
    [InlineData("{}", "kinds: found nothing, wanted a list of some of fake_tdx, simulated_tdx, tdx, sev_snp")]
    [InlineData("""{"kinds": []}""", "kinds: found [], wanted a list of some of fake_tdx, simulated_tdx, tdx, sev_snp, at least one")]
    [InlineData("""{"kinds": "tdx"}""", "kinds: found \"tdx\", wanted a list of")]
    [InlineData("""{"kinds": ["any"]}""", "kinds[0]: found \"any\", wanted one of fake_tdx, simulated_tdx, tdx, sev_snp")]
    [InlineData("""{"kinds": ["tdx", "tdx"]}""", "kinds: found a value twice, wanted each once")]
    [InlineData("""{"kinds": ["tdx"], "kinds": ["fake_tdx"]}""", "kinds: found the key twice, wanted it once")]
    [InlineData("""{"kinds": ["tdx"], "image": []}""", "image: found a key that is not known here, wanted one of kinds, images, freshness")]
    [InlineData("""{"Kinds": ["tdx"]}""", "kinds: found nothing")]
    [InlineData("""{"kinds": ["tdx"], "images": []}""", "images: found [], wanted a list of 64 hexadecimal digits, at least one; leave the key out to accept all")]
    [InlineData("""{"kinds": ["tdx"], "images": ["abc"]}""", "images[0]: found \"abc\", wanted 64 hexadecimal digits")]
    [InlineData("""{"kinds": ["tdx"], "freshness": "sometimes"}""", "freshness: found \"sometimes\", wanted one of version_3, required, off")]
    [InlineData("""{"kinds": ["tdx"], "maxCertificateHours": 0}""", "maxCertificateHours: found 0, wanted a whole number of 1 to 720")]
    [InlineData("""{"kinds": ["tdx"], "maxCertificateHours": 721}""", "maxCertificateHours: found 721, wanted a whole number of 1 to 720")]
    [InlineData("""{"kinds": ["tdx"], "maxCertificateHours": 1.5}""", "maxCertificateHours: found 1.5, wanted a whole number")]
    [InlineData("""{"kinds": ["tdx"], "minimumTier": "high"}""", "minimumTier: found \"high\", wanted one of none, test, confidential_cpu, confidential_cpu_and_gpu")]
    [InlineData("""{"kinds": ["sev_snp"], "tdx": {}}""", "tdx: found rules for evidence that kinds does not list (sev_snp), wanted tdx or simulated_tdx among them")]
    [InlineData("""{"kinds": ["tdx"], "sevSnp": {}}""", "sevSnp: found rules for evidence that kinds does not list (tdx), wanted sev_snp among them")]
    [InlineData("""{"kinds": ["tdx"], "tdx": null}""", "tdx: found null, wanted an object")]
    public void A_file_that_says_something_else_is_refused_by_key(string json, string refusal) => Refusal(json).ShouldContain(refusal);

    [Theory]
    [InlineData("\"tcbStatuses\": [\"Revoked\"]", "tdx.tcbStatuses[0]: found \"Revoked\", wanted one of UpToDate, SWHardeningNeeded")]
    [InlineData("\"tcbStatuses\": []", "tdx.tcbStatuses: found [], wanted")]
    [InlineData("\"advisories\": [\"SA-1\"]", "tdx.advisories[0]: found \"SA-1\", wanted Intel's advisories such as INTEL-SA-00615")]
    [InlineData("\"minTcbEvaluationNumber\": -1", "tdx.minTcbEvaluationNumber: found -1, wanted a whole number of 0 to 2147483647")]
    [InlineData("\"mrSeam\": [\"00\"]", "tdx.mrSeam[0]: found \"00\", wanted 96 hexadecimal digits")]
    [InlineData("\"requiredAttributes\": \"10000000\"", "tdx.requiredAttributes: found \"10000000\", wanted 16 hexadecimal digits")]
    [InlineData("\"requiredAttributes\": \"0000000000000001\"", "tdx.requiredAttributes: found 0000000000000001, wanted the lowest byte zero: a guest under debug is never accepted")]
    [InlineData("\"allowedAttributes\": \"ffffffffffffffff\"", "tdx.allowedAttributes: found ffffffffffffffff, wanted the lowest byte zero")]
    [InlineData("\"requiredAttributes\": \"0000000020000000\"", "tdx.requiredAttributes: found 0000000020000000, wanted only bits of allowedAttributes, ffffffffdfffff00")]
    [InlineData("\"requiredXfam\": \"0000000000000000\"", "tdx.requiredXfam: found 0000000000000000, wanted all of 0000000000000003 in it")]
    [InlineData("\"allowedXfam\": \"0000000000000001\"", "tdx.requiredXfam: found 0000000000000003, wanted only bits of allowedXfam, 0000000000000001")]
    [InlineData("\"maxCollateralAgeDays\": 31", "tdx.maxCollateralAgeDays: found 31, wanted a whole number of 1 to 30")]
    [InlineData("\"measurements\": [{}]", "tdx.measurements[0]: found no register, wanted at least one of mrTd")]
    [InlineData("\"measurements\": [{\"rtmr4\": \"00\"}]", "tdx.measurements[0].rtmr4: found a key that is not known here, wanted one of mrTd")]
    [InlineData("\"measurements\": [{\"rtmr0\": \"zz\"}]", "tdx.measurements[0].rtmr0: found \"zz\", wanted 96 hexadecimal digits")]
    [InlineData("\"debug\": true", "tdx.debug: found a key that is not known here")]
    public void A_tdx_section_that_says_something_else_is_refused_by_key(string keys, string refusal) => Refusal(Tdx(keys)).ShouldContain(refusal);

    [Theory]
    [InlineData("\"products\": [\"Milan\"]", "sevSnp.products[0]: found \"Milan\", wanted one of milan, genoa, turin")]
    [InlineData("\"minimumTcb\": {\"naples\": {}}", "sevSnp.minimumTcb.naples: found a key that is not known here, wanted one of milan, genoa, turin")]
    [InlineData("\"minimumTcb\": {\"milan\": {\"snp\": 256}}", "sevSnp.minimumTcb.milan.snp: found 256, wanted a whole number of 0 to 255")]
    [InlineData("\"minimumTcb\": {\"milan\": {\"fmc\": 1}}", "sevSnp.minimumTcb.milan.fmc: found a key that is not known here")]
    [InlineData("\"allowSmt\": 1", "sevSnp.allowSmt: found 1, wanted true or false")]
    [InlineData("\"maxVmpl\": 4", "sevSnp.maxVmpl: found 4, wanted a whole number of 0 to 3")]
    [InlineData("\"minGuestSvn\": 4294967296", "sevSnp.minGuestSvn: found 4294967296, wanted a whole number of 0 to 4294967295")]
    [InlineData("\"measurements\": [\"\"]", "sevSnp.measurements[0]: found \"\", wanted 96 hexadecimal digits")]
    [InlineData("\"hostData\": [7]", "sevSnp.hostData[0]: found 7, wanted 64 hexadecimal digits")]
    [InlineData("\"chipIds\": \"all\"", "sevSnp.chipIds: found \"all\", wanted a list of 128 hexadecimal digits")]
    public void An_snp_section_that_says_something_else_is_refused_by_key(string keys, string refusal) =>
        Refusal($$"""{"kinds": ["sev_snp"], "sevSnp": { {{keys}} } }""").ShouldContain(refusal);

    [Theory]
    [InlineData("\"minimumCount\": 0", "gpu.minimumCount: found 0, wanted a whole number of 1 to 16")]
    [InlineData("\"driverVersions\": [\"550 90\"]", "gpu.driverVersions[0]: found \"550 90\", wanted versions such as 550.90.07")]
    [InlineData("\"vbiosVersions\": []", "gpu.vbiosVersions: found [], wanted")]
    [InlineData("\"manifestFolder\": \"absent\"", "wanted the folder with NVIDIA's manifests; a relative path begins where the policy file lies")]
    [InlineData("\"require\": true", "gpu.require: found a key that is not known here, wanted one of required, minimumCount")]
    public void A_gpu_section_that_says_something_else_is_refused_by_key(string keys, string refusal) =>
        Refusal($$"""{"kinds": ["tdx"], "gpu": { {{keys}} } }""").ShouldContain(refusal);

    [Theory]
    [InlineData("""{"kinds": ["tdx", "fake_tdx"]}""", "none", EvidenceTier.Test, null)]
    [InlineData("""{"kinds": ["tdx", "fake_tdx"]}""", "test", EvidenceTier.Test, null)]
    [InlineData("""{"kinds": ["tdx", "fake_tdx"]}""", "confidential_cpu", EvidenceTier.Test, "kinds with fake_tdx, which is of test under these rules, wanted only kinds that reach it")]
    [InlineData("""{"kinds": ["tdx", "sev_snp"]}""", "confidential_cpu", EvidenceTier.ConfidentialCpu, null)]
    [InlineData("""{"kinds": ["sev_snp"], "sevSnp": {"allowDebug": true}}""", "confidential_cpu", EvidenceTier.Test, "kinds with sev_snp, which is of test under these rules")]
    [InlineData("""{"kinds": ["tdx"]}""", "confidential_cpu_and_gpu", EvidenceTier.ConfidentialCpu, "wanted gpu with required true and allowUnknownFirmware false")]
    [InlineData("""{"kinds": ["tdx"], "gpu": {"required": false}}""", "confidential_cpu_and_gpu", EvidenceTier.ConfidentialCpu, "wanted gpu with required true")]
    [InlineData("""{"kinds": ["tdx"], "gpu": {"allowUnknownFirmware": true}}""", "confidential_cpu_and_gpu", EvidenceTier.ConfidentialCpu, "wanted gpu with required true")]
    [InlineData("""{"kinds": ["tdx"], "gpu": {}}""", "confidential_cpu_and_gpu", EvidenceTier.ConfidentialCpuAndGpu, null)]
    [InlineData("""{"kinds": ["simulated_tdx"], "gpu": {}}""", "confidential_cpu_and_gpu", EvidenceTier.Test, "kinds with simulated_tdx, which is of test under these rules, wanted only kinds that reach it")]
    public void A_tier_is_reached_by_every_kind_or_the_file_is_refused(string json, string wanted, EvidenceTier tier, string? refusal)
    {
        Read(json).Tier.ShouldBe(tier);
        var demanding = $"{json.TrimEnd()[..^1]}, \"minimumTier\": \"{wanted}\"}}";
        if (refusal is null) Read(demanding).Tier.ShouldBe(tier);
        else Refusal(demanding).ShouldContain(refusal);
    }

    [Fact]
    public void A_file_that_is_too_large_or_absent_is_refused_and_named()
    {
        var file = Path.Combine(_folder.FullName, "large.json");
        File.WriteAllText(file, $$"""{"kinds": ["tdx"]}{{new string(' ', EvidencePolicyFile.MaxSize)}}""");
        Should.Throw<AttestationException>(() => EvidencePolicyFile.Read(file)).Message.ShouldBe(
            string.Create(CultureInfo.InvariantCulture, $"'{file}': the file: found {EvidencePolicyFile.MaxSize + 18} bytes, wanted at most 1048576."));
        Should.Throw<AttestationException>(() => EvidencePolicyFile.Read(Path.Combine(_folder.FullName, "absent.json"))).Message.ShouldContain("absent.json': the file: found one that cannot be read");
    }

    [Fact]
    public void Images_are_listed_in_one_place()
    {
        var list = new ImageAllowList([Bits256.Parse(Hash32)]);
        var (open, closed) = (Read("""{"kinds": ["tdx"]}"""), Read($$"""{"kinds": ["tdx"], "images": ["{{Hash32}}"]}"""));
        EvidencePolicies.Restrict(open, list).Images.ShouldBe(list);
        EvidencePolicies.Restrict(closed, ImageAllowList.Everything).ShouldBe(closed);
        Should.Throw<ArgumentException>(() => EvidencePolicies.Restrict(closed, list)).Message.ShouldContain("lists images itself; list them in one place");
    }

    private static string Tdx(string keys) => $$"""{"kinds": ["tdx"], "tdx": { {{keys}} } }""";

    private static string Show(QuoteRequirements tdx) =>
        $"{tdx.Kind} {string.Join(',', tdx.AcceptedStatuses)} {tdx.AcceptedAdvisories} {tdx.MinEvaluationNumber} {tdx.AcceptedMrSeam} {tdx.RequiredAttributes} {tdx.AllowedAttributes} "
        + $"{tdx.RequiredXfam} {tdx.AllowedXfam} {tdx.MaxCollateralAge} {tdx.Measurements.Length}";

    private static string Show(SnpRequirements snp) =>
        $"{snp.MinimumTcb.Count} {string.Join(',', snp.Products)} {snp.AllowSmt} {snp.AllowDebug} {snp.AllowMigration} {snp.AllowVlek} {snp.AllowMaskedChip} {snp.MaxVmpl} {snp.MinGuestSvn} "
        + $"{snp.Measurements.Length} {snp.HostData.Length} {snp.ChipIds.Length} {snp.RequireRevocationList}";

    private string Refusal(string json) => Should.Throw<AttestationException>(() => Read(json)).Message;

    private EvidenceRules Read(string json)
    {
        var file = Path.Combine(_folder.FullName, "policy.json");
        File.WriteAllText(file, json);
        var rules = EvidencePolicies.Read(file);
        rules.Name.ShouldBe(file);
        return rules;
    }
}
