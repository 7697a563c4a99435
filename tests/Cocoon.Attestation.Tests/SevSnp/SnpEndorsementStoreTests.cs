using Cocoon.Attestation.SevSnp;
using Cocoon.Attestation.Tests.Chains;
using Cocoon.Attestation.Tests.Vendors;
using Cocoon.Attestation.Vendors;
using Cocoon.Testing;

namespace Cocoon.Attestation.Tests.SevSnp;

public sealed class SnpEndorsementStoreTests : IDisposable
{
    private const string ChainPath = FakeVendor.ChainPath;
    private const string ListPath = FakeVendor.ListPath;
    private static readonly string ChipPath = FakeVendor.ChipPath;
    private readonly ManualTimeProvider _time = new(SnpForge.Now);
    private readonly FakeVendor _amd = new();
    private readonly SnpForge _forge = new() { Requirements = new SnpRequirements { RequireRevocationList = true } };
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cocoon-amd-");

    public SnpEndorsementStoreTests() => _amd.Publish(_forge);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_bare_report_is_completed_with_what_AMD_publishes_about_its_chip()
    {
        var endorsed = await Store().CompleteAsync(Bare(), default);
        endorsed.Failure.ShouldBeNull();
        Verify(endorsed).ShouldBeNull();
        _amd.Asked.Order().ShouldBe([ChipPath, ChainPath, ListPath]);
    }

    [Fact]
    public async Task A_peer_that_brings_its_certificate_makes_nobody_ask_for_it()
    {
        var endorsed = await Store().CompleteAsync(_forge.Make(), default);
        Verify(endorsed).ShouldBeNull();
        _amd.Asked.Order().ShouldBe([ChainPath, ListPath]);
    }

    [Fact]
    public async Task Authorities_and_lists_are_fetched_once_a_day()
    {
        var store = Store();
        for (var i = 0; i < 3; i++) await store.CompleteAsync(Bare(), default);
        _amd.Asked.Count.ShouldBe(3);
        _time.Advance(TimeSpan.FromDays(1));
        await store.CompleteAsync(Bare(), default);
        await UntilAsync(() => _amd.Asked.Count(path => path == ListPath) == 2);
    }

    [Fact]
    public async Task An_authority_on_AMDs_list_is_refused()
    {
        _amd.Documents[ListPath] = _forge.Root.RevokeDer(2);
        Verify(await Store().CompleteAsync(_forge.Make(), default))!.ShouldStartWith("endorsement key revocation check: found CN=test ASK, revoked");
    }

    [Fact]
    public async Task Without_the_list_the_verifier_decides_whether_that_is_enough()
    {
        _amd.Documents.Remove(ListPath);
        var endorsed = await Store().CompleteAsync(Bare(), default);
        endorsed.Failure!.ShouldContain(ListPath);
        Verify(endorsed)!.ShouldStartWith("endorsement key revocation check: found no list");
        _forge.Requirements = new SnpRequirements();
        Verify(endorsed).ShouldBeNull();
    }

    [Fact]
    public async Task What_AMDs_root_does_not_vouch_for_is_not_taken()
    {
        var stranger = new TestAuthority("stranger");
        _amd.Documents[ListPath] = stranger.RevokeDer(9);
        (await Store().CompleteAsync(_forge.Make(), default)).Failure!.ShouldContain("found a revocation list of another issuer, wanted one that test root signed");

        _amd.Documents[ChainPath] = FakeVendor.Pem(new TestAuthority("test ASK", stranger).Der, stranger.Der);
        var endorsed = await Store().CompleteAsync(_forge.Make(), default);
        endorsed.Failure!.ShouldContain("found CN=stranger at the end of AMD's chain, wanted test root");
        endorsed.Endorsements.Authorities.ShouldBeEmpty();

        _amd.Documents[ChainPath] = FakeVendor.Pem(new TestAuthority("test ASK", stranger).Der, _forge.Root.Der);
        (await Store().CompleteAsync(_forge.Make(), default)).Failure!.ShouldContain("wanted an authority that test root signed");
        _amd.Documents[ChainPath] = "no PEM"u8.ToArray();
        (await Store().CompleteAsync(_forge.Make(), default)).Failure.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_certificate_of_another_chip_or_patch_level_is_not_taken()
    {
        var other = new SnpForge { Tcb = new SnpTcb(3, 0, 19, 70) };
        _amd.Documents[ChipPath] = other.Make().EndorsementKey.ToArray();
        var endorsed = await Store().CompleteAsync(Bare(), default);
        endorsed.Failure!.ShouldStartWith("endorsement key TCB check: ");
        endorsed.Evidence.EndorsementKey.IsEmpty.ShouldBeTrue();

        other = new SnpForge { CertificateChipId = [.. Enumerable.Repeat((byte)8, 64)] };
        _amd.Documents[ChipPath] = other.Make().EndorsementKey.ToArray();
        (await Store().CompleteAsync(Bare(), default)).Failure!.ShouldStartWith("chip id check: ");
    }

    [Fact]
    public async Task Nothing_is_asked_about_what_AMD_publishes_nothing_about()
    {
        var store = Store();
        foreach (var change in new Action<byte[]>[]
        {
            report => report[0x188] = 0x17,
            report => report[0x48] = 7 << 2,
            report => report[0x34] = 2,
        })
        {
            (await store.CompleteAsync(SnpEvidence.Create(_forge.Make(change).Report.Raw.Span, default), default)).Failure.ShouldBeNull();
        }
        var old = new SnpForge { Version = 2 };
        (await store.CompleteAsync(SnpEvidence.Create(old.Make().Report.Raw.Span, default), default)).Failure.ShouldBeNull();
        _amd.Asked.ShouldBeEmpty();

        // A chip that is hidden, or none at all, has no name to ask with.
        await store.CompleteAsync(SnpEvidence.Create(_forge.Make(report => report[0x48] = 2).Report.Raw.Span, default), default);
        await store.CompleteAsync(SnpEvidence.Create(_forge.Make(report => report.AsSpan(0x1a0, 64).Clear()).Report.Raw.Span, default), default);
        _amd.Asked.Order().ShouldBe([ChainPath, ListPath]);
    }

    [Fact]
    public async Task A_Turin_chip_has_a_short_name_and_one_more_level()
    {
        var turin = new SnpForge { Product = SnpProduct.Turin, Tcb = new SnpTcb(1, 2, 3, 4, 5), Requirements = _forge.Requirements };
        _amd.Documents.Clear();
        _amd.Documents["vcek/v1/Turin/cert_chain"] = FakeVendor.Pem(turin.Authority.Der, turin.Root.Der);
        _amd.Documents["vcek/v1/Turin/crl"] = turin.Root.RevokeDer(99);
        _amd.Documents["vcek/v1/Turin/0707070707070707?fmcSPL=05&blSPL=01&teeSPL=02&snpSPL=03&ucodeSPL=04"] = turin.Make().EndorsementKey.ToArray();
        var endorsed = await Store(turin).CompleteAsync(SnpEvidence.Create(turin.Make().Report.Raw.Span, default), default);
        new SnpVerifier(endorsed.Endorsements, turin.Requirements).Verify(endorsed.Evidence, SnpForge.ReportData, SnpForge.Now).FirstFailure.ShouldBeNull();
    }

    [Fact]
    public async Task A_providers_key_has_authorities_of_its_own_and_no_certificate_to_fetch()
    {
        var provider = new SnpForge { IsVlek = true };
        await Store(provider).CompleteAsync(SnpEvidence.Create(provider.Make().Report.Raw.Span, default), default);
        _amd.Asked.Order().ShouldBe(["vlek/v1/Genoa/cert_chain", "vlek/v1/Genoa/crl"]);
    }

    [Fact]
    public async Task Invented_chips_are_not_asked_for_without_end()
    {
        var store = Store();
        for (var chip = 0; chip < 2 * SnpEndorsementStore.MaxChipsPerMinute; chip++) await CompleteAsync((byte)chip);
        ChipsAsked().ShouldBe(SnpEndorsementStore.MaxChipsPerMinute);
        (await CompleteAsync(100)).ShouldContain("found 10 fetches of this kind within a minute");
        _time.Advance(TimeSpan.FromMinutes(1));
        (await CompleteAsync(101)).ShouldContain("status 404");
        ChipsAsked().ShouldBe(SnpEndorsementStore.MaxChipsPerMinute + 1);

        int ChipsAsked() => _amd.Asked.Count(path => path.Contains('?'));

        async Task<string> CompleteAsync(byte chip) => (await store.CompleteAsync(
            SnpEvidence.Create(_forge.Make(report => report[0x1a0] = (byte)(chip + 8)).Report.Raw.Span, default), default)).Failure!;
    }

    [Fact]
    public async Task Strangers_who_copy_this_nodes_chip_do_not_keep_it_from_its_certificate()
    {
        var store = Store();
        for (var chip = 0; chip < SnpEndorsementStore.MaxChipsPerMinute; chip++)
            await store.CompleteAsync(SnpEvidence.Create(_forge.Make(report => report[0x1a0] = (byte)(chip + 8)).Report.Raw.Span, default), default);
        (await store.CompleteAsync(Bare(), default)).Failure!.ShouldContain("found 10 fetches of this kind within a minute");
        Verify(await store.CompleteOwnAsync(Bare(), default)).ShouldBeNull();
    }

    [Fact]
    public void Whether_a_certificate_is_a_chips_does_not_depend_on_what_else_is_in_the_report_of_who_asks_first()
    {
        var odd = _forge.Make(report => report[0x34] = 2);
        new SnpVerifier(_forge.Endorsements, new SnpRequirements()).VerifyEndorsementKey(odd, SnpForge.Now).FirstFailure.ShouldBeNull();
    }

    [Fact]
    public async Task A_stranger_who_copies_a_peers_chip_into_a_report_that_is_none_costs_the_peer_nothing()
    {
        var store = Store();
        await store.CompleteAsync(SnpEvidence.Create(_forge.Make(report => report[0x34] = 2).Report.Raw.Span, default), default);
        Verify(await store.CompleteAsync(Bare(), default)).ShouldBeNull();
    }

    [Fact]
    public async Task The_folder_keeps_so_many_chips_and_the_oldest_make_room()
    {
        string NameOf(int chip) => Path.Combine(_folder.FullName, $"vcek-genoa-{chip}.der");
        for (var chip = 0; chip < SnpEndorsementStore.MaxKeptChips; chip++) await File.WriteAllBytesAsync(NameOf(chip), []);
        File.SetLastWriteTimeUtc(NameOf(5), DateTime.UnixEpoch);
        await Store(cache: true).CompleteAsync(Bare(), default);
        _folder.GetFiles("vcek-genoa-*.der").Length.ShouldBe(SnpEndorsementStore.MaxKeptChips);
        File.Exists(NameOf(5)).ShouldBeFalse();
        _folder.GetFiles("vcek-genoa-*-3-0-20-70.der").Length.ShouldBe(1);
        _folder.GetFiles("vcek-genoa-chain.pem").Length.ShouldBe(1);
    }

    [Fact]
    public async Task What_was_fetched_serves_the_next_run_when_the_service_is_away()
    {
        Verify(await Store(cache: true).CompleteAsync(Bare(), default)).ShouldBeNull();
        _amd.Documents.Clear();
        Verify(await Store(cache: true).CompleteAsync(Bare(), default)).ShouldBeNull();
        // What is kept is no more trusted than what is fetched.
        foreach (var file in _folder.GetFiles()) await File.WriteAllTextAsync(file.FullName, "broken");
        (await Store(cache: true).CompleteAsync(Bare(), default)).Failure!.ShouldContain("status 404");
    }

    [Fact]
    public async Task A_folder_gives_the_same_by_file_name()
    {
        await Store(cache: true).CompleteAsync(Bare(), default);
        _folder.GetFiles().Select(file => file.Name).Order().ShouldBe(
            [$"vcek-genoa-{Convert.ToHexStringLower(SnpForge.ChipId)}-3-0-20-70.der", "vcek-genoa-chain.pem", "vcek-genoa-revoked.crl"]);
        var store = new SnpEndorsementStore(_time, new FolderVendorSource(_folder.FullName), null, _forge.Endorsements.Roots);
        Verify(await store.CompleteAsync(Bare(), default)).ShouldBeNull();
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!condition())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private SnpEndorsementStore Store(SnpForge? forge = null, bool cache = false) =>
        new(_time, _amd, cache ? _folder.FullName : null, (forge ?? _forge).Endorsements.Roots);

    private SnpEvidence Bare() => SnpEvidence.Create(_forge.Make().Report.Raw.Span, default);

    private string? Verify(SnpEndorsed endorsed) =>
        new SnpVerifier(endorsed.Endorsements, _forge.Requirements).Verify(endorsed.Evidence, SnpForge.ReportData, SnpForge.Now).FirstFailure;
}
