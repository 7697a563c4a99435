using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.Simulation;
using Cocoon.Testing;

namespace Cocoon.Attestation.Tests.Dcap;

public sealed class CollateralStoreTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly DcapPlatform Platform = new(TeeMeasurementKind.Tdx, "c0c000000001", "platform");
    private readonly ManualTimeProvider _time = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cocoon-collateral-");
    private readonly Source _source;

    public CollateralStoreTests() => _source = new Source(_time);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task However_many_ask_it_is_fetched_once()
    {
        var store = Store();
        _source.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var asking = Enumerable.Range(0, 20).Select(_ => store.GetAsync(Platform, null, default).AsTask()).ToArray();
        _source.Gate.SetResult();
        (await Task.WhenAll(asking).WaitAsync(Patience)).Distinct().Count().ShouldBe(1);
        _source.Calls.ShouldBe(1);
    }

    [Fact]
    public async Task Who_no_longer_waits_does_not_stop_the_fetch_for_the_others()
    {
        var store = Store();
        _source.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var leaving = new CancellationTokenSource();
        var impatient = store.GetAsync(Platform, null, leaving.Token).AsTask();
        var patient = store.GetAsync(Platform, null, default).AsTask();
        await leaving.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(impatient.WaitAsync(Patience));
        _source.Gate.SetResult();
        await patient.WaitAsync(Patience);
        _source.Calls.ShouldBe(1);
    }

    [Fact]
    public async Task What_is_too_old_for_a_caller_is_fetched_again_first_and_given_where_there_is_nothing_newer()
    {
        var store = Store();
        var limit = TimeSpan.FromDays(3);
        var first = await store.GetAsync(Platform, limit, default);
        _time.Advance(limit);
        (await store.GetAsync(Platform, TimeSpan.FromDays(14), default)).ShouldBeSameAs(first);
        _source.Calls.ShouldBe(1);
        _time.Advance(TimeSpan.FromDays(1));
        var second = await store.GetAsync(Platform, limit, default);
        second.IssuedAt.ShouldBe(first.IssuedAt.AddDays(4));
        _source.Calls.ShouldBe(2);

        // The source has nothing newer: it is asked once a minute, and the verifier says that what it has is too old.
        _source.Age = TimeSpan.FromDays(4);
        _time.Advance(TimeSpan.FromDays(4));
        (await store.GetAsync(Platform, limit, default)).IssuedAt.ShouldBe(second.IssuedAt);
        (await store.GetAsync(Platform, limit, default)).IssuedAt.ShouldBe(second.IssuedAt);
        _source.Calls.ShouldBe(3);
        _source.Failure = "no.";
        _time.Advance(TimeSpan.FromMinutes(1));
        (await store.GetAsync(Platform, limit, default)).IssuedAt.ShouldBe(second.IssuedAt);
        _source.Calls.ShouldBe(4);
    }

    [Fact]
    public async Task At_half_of_its_life_it_is_fetched_again_and_the_old_serves_meanwhile()
    {
        var store = Store();
        var first = await store.GetAsync(Platform, null, default);
        _time.Advance(TimeSpan.FromDays(15) - TimeSpan.FromSeconds(1));
        (await store.GetAsync(Platform, null, default)).ShouldBeSameAs(first);
        _source.Calls.ShouldBe(1);

        _source.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _time.Advance(TimeSpan.FromSeconds(1));
        (await store.GetAsync(Platform, null, default)).ShouldBeSameAs(first);
        _source.Gate.SetResult();
        var second = first;
        await UntilAsync(async () => (second = await store.GetAsync(Platform, null, default)) != first);
        second.ValidUntil.ShouldBe(first.ValidUntil.AddDays(15));
        _source.Calls.ShouldBe(2);
    }

    [Fact]
    public async Task A_refresh_that_fails_leaves_the_old_in_use_until_it_ends_and_then_the_failure_is_told()
    {
        var store = Store();
        await store.GetAsync(Platform, null, default);
        _source.Failure = "collateral check: the service is away.";
        _time.Advance(TimeSpan.FromDays(29));
        await store.GetAsync(Platform, null, default);
        _time.Advance(TimeSpan.FromDays(2));
        (await Should.ThrowAsync<AttestationException>(async () => await store.GetAsync(Platform, null, default))).Message.ShouldBe(_source.Failure);
    }

    [Fact]
    public async Task A_failure_is_remembered_for_a_minute()
    {
        var store = Store();
        _source.Failure = "collateral check: the service is away.";
        for (var i = 0; i < 3; i++)
            (await Should.ThrowAsync<AttestationException>(async () => await store.GetAsync(Platform, null, default))).Message.ShouldBe(_source.Failure);
        _source.Calls.ShouldBe(1);
        _source.Failure = null;
        _time.Advance(TimeSpan.FromMinutes(1));
        await store.GetAsync(Platform, null, default);
        _source.Calls.ShouldBe(2);
    }

    [Fact]
    public async Task What_is_for_another_platform_of_another_root_or_out_of_date_is_refused()
    {
        var other = Platform with { Fmspc = "000000000001" };
        (await Should.ThrowAsync<AttestationException>(async () => await Store().GetAsync(other, null, default))).Message.ShouldContain(
            "found collateral for Tdx on c0c000000001, wanted for Tdx on 000000000001");
        var intel = new CollateralStore(_source, IntelRoots.Sgx, _time);
        (await Should.ThrowAsync<AttestationException>(async () => await intel.GetAsync(Platform, null, default))).Message.ShouldStartWith("root key check: ");
        _source.Age = TimeSpan.FromDays(31);
        (await Should.ThrowAsync<AttestationException>(async () => await Store().GetAsync(Platform, null, default))).Message.ShouldContain("wanted one that is valid at");
    }

    [Fact]
    public async Task What_was_fetched_serves_the_next_run_while_it_is_young_and_when_the_service_is_away()
    {
        await Store(_folder.FullName).GetAsync(Platform, null, default);
        File.Exists(Path.Combine(_folder.FullName, "tdx-c0c000000001-platform.json")).ShouldBeTrue();
        await Store(_folder.FullName).GetAsync(Platform, null, default);
        _source.Calls.ShouldBe(1);

        _source.Failure = "collateral check: the service is away.";
        _time.Advance(TimeSpan.FromDays(20));
        await Store(_folder.FullName).GetAsync(Platform, null, default);
        _source.Calls.ShouldBe(2);
    }

    [Fact]
    public async Task What_another_process_kept_in_the_folder_meanwhile_is_taken_and_not_read_again()
    {
        var limit = TimeSpan.FromDays(3);
        var (one, other) = (Store(_folder.FullName), Store(_folder.FullName));
        var first = await one.GetAsync(Platform, limit, default);
        _time.Advance(TimeSpan.FromDays(4));
        await other.GetAsync(Platform, limit, default);
        _source.Calls.ShouldBe(2);

        var second = await one.GetAsync(Platform, limit, default);
        second.IssuedAt.ShouldBe(first.IssuedAt.AddDays(4));
        File.Delete(Path.Combine(_folder.FullName, Platform.FileName));
        (await one.GetAsync(Platform, limit, default)).ShouldBeSameAs(second);
        _source.Calls.ShouldBe(2);
    }

    [Fact]
    public async Task A_newer_file_in_the_folder_serves_while_the_service_is_away_and_an_older_one_does_not()
    {
        var file = Path.Combine(_folder.FullName, Platform.FileName);
        var store = Store(_folder.FullName);
        var first = await store.GetAsync(Platform, null, default);
        var old = await File.ReadAllBytesAsync(file);
        _source.Failure = "collateral check: the service is away.";
        _time.Advance(TimeSpan.FromDays(20));
        await File.WriteAllBytesAsync(file, PublicSimulation.CollateralAt(_time.GetUtcNow()).ToJson());
        var second = first;
        await UntilAsync(async () => (second = await store.GetAsync(Platform, null, default)) != first);
        second.IssuedAt.ShouldBe(first.IssuedAt.AddDays(20));

        _time.Advance(TimeSpan.FromDays(4));
        await File.WriteAllBytesAsync(file, old);
        var calls = _source.Calls;
        (await store.GetAsync(Platform, TimeSpan.FromDays(3), default)).ShouldBeSameAs(second);
        _source.Calls.ShouldBe(calls + 1);
    }

    [Fact]
    public async Task A_broken_file_in_the_cache_is_replaced()
    {
        var file = Path.Combine(_folder.FullName, Platform.FileName);
        await File.WriteAllTextAsync(file, "{");
        await Store(_folder.FullName).GetAsync(Platform, null, default);
        (await File.ReadAllTextAsync(file)).Length.ShouldBeGreaterThan(1000);
    }

    [Fact]
    public async Task A_folder_gives_files_by_name_and_says_which_one_is_missing()
    {
        var source = new FolderCollateralSource(_folder.FullName);
        (await Should.ThrowAsync<AttestationException>(() => source.GetAsync(Platform, default))).Message.ShouldContain("found no file 'tdx-c0c000000001-platform.json'");
        await File.WriteAllBytesAsync(Path.Combine(_folder.FullName, Platform.FileName), PublicSimulation.CollateralAt(_time.GetUtcNow()).ToJson());
        await new CollateralStore(source, PublicSimulation.Anchor, _time).GetAsync(Platform, null, default);
    }

    private CollateralStore Store(string? cache = null) => new(_source, PublicSimulation.Anchor, _time, cache);

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!await condition())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private sealed class Source(TimeProvider time) : ICollateralSource
    {
        private int _calls;

        public int Calls => _calls;

        public TaskCompletionSource? Gate { get; set; }

        public string? Failure { get; set; }

        public TimeSpan Age { get; set; }

        public async Task<DcapCollateral> GetAsync(DcapPlatform platform, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _calls);
            if (Gate is { } gate) await gate.Task;
            return Failure is null ? PublicSimulation.CollateralAt(time.GetUtcNow() - Age) : throw new AttestationException(Failure);
        }
    }
}
