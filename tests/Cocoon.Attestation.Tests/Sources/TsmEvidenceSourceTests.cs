using Cocoon.Attestation.SevSnp;
using Cocoon.Attestation.Sources;
using Cocoon.Attestation.Tests.SevSnp;
using Cocoon.Attestation.Tests.Vendors;
using Cocoon.Cryptography;
using Cocoon.Testing;

namespace Cocoon.Attestation.Tests.Sources;

public sealed class TsmEvidenceSourceTests : IDisposable
{
    private static readonly Ed25519PublicKey Key = new(Bits256.Sha256("a key"u8));
    private static readonly byte[] ReportData = TeeMeasurements.ReportDataOf(Key);
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("cocoon-tsm-");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public async Task A_quote_is_about_the_key()
    {
        var kernel = new FakeTsm();
        var quote = await CreateAsync(kernel);
        quote.ToArray().ShouldBe([.. "quote over "u8, .. ReportData]);
        kernel.Created.Single().ShouldStartWith("cocoon-");
        kernel.Removed.ShouldBe(kernel.Created);
        kernel.PrivilegeLevel.ShouldBeNull();
    }

    [Fact]
    public async Task A_request_that_something_else_wrote_into_is_made_again()
    {
        var kernel = new FakeTsm { Intruders = 2 };
        (await CreateAsync(kernel)).IsEmpty.ShouldBeFalse();
        kernel.Created.Distinct().Count().ShouldBe(3);
        kernel.Removed.ShouldBe(kernel.Created);

        kernel.Intruders = 3;
        (await FailureAsync(kernel)).ShouldContain("Something else wrote into this process's requests for a report 3 times");
        kernel.Removed.Count.ShouldBe(6);
    }

    [Fact]
    public async Task A_guest_of_another_vendor_says_which_setting_is_right()
    {
        (await FailureAsync(new FakeTsm { Provider = "sev_guest" })).ShouldBe("This guest's reports are of sev_guest, wanted tdx_guest; set Evidence to sev_snp.");
    }

    [Fact]
    public async Task A_kernel_that_cannot_quote_names_the_hosts_service()
    {
        (await FailureAsync(new FakeTsm { Report = _ => throw new IOException("Device or resource busy.") })).ShouldContain("the host's quote generation service");
        (await FailureAsync(new FakeTsm { Report = _ => [] })).ShouldContain("outblob is empty");
        (await FailureAsync(new FakeTsm { Report = _ => throw new UnauthorizedAccessException("Permission denied.") })).ShouldContain("Run as root");
    }

    [Fact]
    public async Task An_AMD_report_brings_its_certificates()
    {
        var kernel = Amd(out var forge);
        var evidence = await CreateAsync(kernel, EvidenceKind.SevSnp);
        forge.Verifier.Verify(evidence, ReportData, SnpForge.Now).FirstFailure.ShouldBeNull();
    }

    [Fact]
    public async Task Under_a_paravisor_the_lowest_level_is_asked_for()
    {
        var kernel = Amd(out _);
        kernel.PrivilegeFloor = "2";
        await CreateAsync(kernel, EvidenceKind.SevSnp);
        kernel.PrivilegeLevel.ShouldBe("2");
    }

    [Fact]
    public async Task A_host_without_certificates_is_told_of()
    {
        var kernel = Amd(out var forge);
        kernel.Auxiliary = null;
        (await FailureAsync(kernel, EvidenceKind.SevSnp)).ShouldContain("The host gave no certificate with its report");

        var amd = new FakeVendor();
        var store = new SnpEndorsementStore(new ManualTimeProvider(SnpForge.Now), amd, null, forge.Endorsements.Roots);
        var source = new TsmEvidenceSource(EvidenceKind.SevSnp, kernel, null, store);
        (await Should.ThrowAsync<AttestationException>(async () => await source.CreateQuoteAsync(ReportData, default))).Message.ShouldContain(
            "or set Collateral:AmdUrl or Collateral:AmdFolder, where this node then finds them. collateral check: found status 404");
    }

    [Fact]
    public async Task What_a_host_does_not_give_is_taken_from_AMD_and_shown_to_peers_that_cannot()
    {
        var kernel = Amd(out var forge);
        kernel.Auxiliary = null;
        var amd = new FakeVendor();
        amd.Publish(forge);
        var store = new SnpEndorsementStore(new ManualTimeProvider(SnpForge.Now), amd, null, forge.Endorsements.Roots);
        var evidence = await new TsmEvidenceSource(EvidenceKind.SevSnp, kernel, null, store).CreateQuoteAsync(ReportData, default);
        forge.Verifier.Verify(evidence, ReportData, SnpForge.Now).FirstFailure.ShouldBeNull();
    }

    [Fact]
    public async Task The_limit_on_peers_chips_does_not_keep_a_node_from_its_own_certificate()
    {
        var kernel = Amd(out var forge);
        kernel.Auxiliary = null;
        var amd = new FakeVendor();
        amd.Publish(forge);
        var store = new SnpEndorsementStore(new ManualTimeProvider(SnpForge.Now), amd, null, forge.Endorsements.Roots);
        for (var chip = 0; chip < SnpEndorsementStore.MaxChipsPerMinute; chip++)
            await store.CompleteAsync(SnpEvidence.Create(forge.Make(report => report[0x1a0] = (byte)(chip + 8)).Report.Raw.Span, default), default);
        var evidence = await new TsmEvidenceSource(EvidenceKind.SevSnp, kernel, null, store).CreateQuoteAsync(ReportData, default);
        forge.Verifier.Verify(evidence, ReportData, SnpForge.Now).FirstFailure.ShouldBeNull();
    }

    [Fact]
    public async Task An_AMD_report_about_something_else_is_refused()
    {
        var kernel = Amd(out var forge);
        kernel.Report = _ => forge.Make().Report.Raw.ToArray();
        (await FailureAsync(kernel, EvidenceKind.SevSnp)).ShouldContain("about other data");
        kernel.Report = _ => new byte[7];
        (await FailureAsync(kernel, EvidenceKind.SevSnp)).ShouldBe("A report of 7 bytes was found, wanted 1184.");
    }

    [Fact]
    public async Task Older_kernels_are_asked_through_their_device()
    {
        var kernel = Amd(out var forge);
        var source = new TsmEvidenceSource(EvidenceKind.SevSnp, new FakeTsm { Provider = "nothing" }, new FakeDevice(kernel));
        var evidence = await source.CreateQuoteAsync(ReportData, CancellationToken.None);
        forge.Verifier.Verify(evidence, ReportData, SnpForge.Now).FirstFailure.ShouldBeNull();
    }

    [Fact]
    public async Task A_device_that_is_none_is_told_of()
    {
        Directory.CreateDirectory(Path.Combine(_root.FullName, "dev"));
        await File.WriteAllBytesAsync(Path.Combine(_root.FullName, "dev/sev-guest"), []);
        var exception = await Should.ThrowAsync<AttestationException>(async () => await new TsmEvidenceSource(EvidenceKind.SevSnp, systemRoot: _root.FullName).CreateQuoteAsync(ReportData, default));
        // An ordinary file has no such request: ENOTTY.
        exception.Message.ShouldContain("refused to make a report: error 25 of the kernel");
    }

    [Fact]
    public async Task The_kernels_files_are_read_and_written()
    {
        var reports = MakeConfigFs();
        var folder = new TsmFolder(_root.FullName);
        var entry = Directory.CreateDirectory(Path.Combine(reports, "one"));
        foreach (var (name, content) in new[] { ("provider", "tdx_guest\n"), ("inblob", "") }) await File.WriteAllTextAsync(Path.Combine(entry.FullName, name), content);

        using (var report = folder.Create("one"))
        {
            report.TryRead("provider").ShouldBe("tdx_guest\n"u8.ToArray());
            report.TryRead("auxblob").ShouldBeNull();
            report.Write("inblob", ReportData);
            (await File.ReadAllBytesAsync(Path.Combine(entry.FullName, "inblob"))).ShouldBe(ReportData);
            Should.Throw<IOException>(() => report.Write("privlevel", [1]));
            await File.WriteAllBytesAsync(Path.Combine(entry.FullName, "outblob"), new byte[32769]);
            Should.Throw<IOException>(() => report.TryRead("outblob")).Message.ShouldContain("more than 32768 bytes");
            foreach (var file in entry.GetFiles()) file.Delete();
        }
        Directory.Exists(entry.FullName).ShouldBeFalse();
    }

    [Fact]
    public async Task Each_thing_that_is_missing_has_its_own_advice()
    {
        (await FailureAsync("tdx")).ShouldContain("mount it (mount -t configfs none /sys/kernel/config)");
        Directory.CreateDirectory(Path.Combine(_root.FullName, "sys/kernel/config"));
        (await FailureAsync("tdx")).ShouldContain("modprobe tdx_guest (Intel) or modprobe sev-guest (AMD)");
        Directory.CreateDirectory(Path.Combine(_root.FullName, "dev"));
        await File.WriteAllBytesAsync(Path.Combine(_root.FullName, "dev/tdx_guest"), []);
        (await FailureAsync("tdx")).ShouldContain("this kernel is older than 6.7");
        MakeConfigFs();
        (await FailureAsync("tdx")).ShouldContain("has no attribute provider");
        // Where mkdir fails as the kernel's does without a driver.
        foreach (var entry in Directory.GetDirectories(Reports)) Directory.Delete(entry);
        Directory.Delete(Reports);
        Directory.CreateSymbolicLink(Reports, "/proc/self");
        (await FailureAsync("tdx")).ShouldContain("No driver makes reports");

        async Task<string> FailureAsync(string name)
        {
            var source = new TsmEvidenceSource(EvidenceKind.Tdx, systemRoot: _root.FullName);
            source.Name.ShouldBe(name);
            return (await Should.ThrowAsync<AttestationException>(async () => await source.CreateQuoteAsync(ReportData, default))).Message;
        }
    }

    [Fact]
    public void Sources_are_chosen_by_name()
    {
        foreach (var name in EvidenceSources.Names) EvidenceSources.Create(name).Name.ShouldBe(name);
        EvidenceSources.Create("sev_snp").Kind.ShouldBe(EvidenceKind.SevSnp);
        Should.Throw<ArgumentException>(() => new TsmEvidenceSource(EvidenceKind.FakeTdx)).Message.ShouldContain("FakeTdx");
    }

    private string Reports => Path.Combine(_root.FullName, "sys/kernel/config/tsm/report");

    private string MakeConfigFs() => Directory.CreateDirectory(Reports).FullName;

    private static FakeTsm Amd(out SnpForge forge)
    {
        var made = forge = new SnpForge();
        return new FakeTsm
        {
            Provider = "sev_guest",
            PrivilegeFloor = "0",
            Report = data => made.Make(report => data.CopyTo(report, 0x50)).Report.Raw.ToArray(),
            Auxiliary = made.Make().ToBytes()[SnpReport.Size..],
        };
    }

    private static async Task<ReadOnlyMemory<byte>> CreateAsync(FakeTsm kernel, EvidenceKind kind = EvidenceKind.Tdx) =>
        await new TsmEvidenceSource(kind, kernel, null).CreateQuoteAsync(ReportData, CancellationToken.None);

    private static async Task<string> FailureAsync(FakeTsm kernel, EvidenceKind kind = EvidenceKind.Tdx) =>
        (await Should.ThrowAsync<AttestationException>(() => CreateAsync(kernel, kind))).Message;

    private sealed class FakeDevice(FakeTsm kernel) : ISnpDevice
    {
        public bool Exists => true;

        public (byte[] Report, byte[] Table) GetExtendedReport(ReadOnlySpan<byte> reportData) => (kernel.Report(reportData.ToArray()), [.. kernel.Auxiliary!, .. new byte[4096]]);
    }
}
