using Cocoon.Attestation.Vendors;
using Cocoon.Testing;

namespace Cocoon.Attestation.Tests.Vendors;

public sealed class VerifiedStoreTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly ManualTimeProvider _time = new();
    private readonly VerifiedStore<int, Thing> _store;

    public VerifiedStoreTests() => _store = new VerifiedStore<int, Thing>(thing => (thing.From, thing.From.AddDays(30)), _time);

    [Fact]
    public async Task Failures_make_room_before_what_is_due_and_still_good()
    {
        var good = await GetAsync(0, () => Task.FromResult(new Thing(_time.GetUtcNow())));
        _time.Advance(TimeSpan.FromDays(16));
        for (var key = 1; key <= VerifiedStore<int, Thing>.Capacity; key++) await Should.ThrowAsync<AttestationException>(GetAsync(key, Fail));
        (await GetAsync(0, Fail)).ShouldBeSameAs(good);
    }

    [Fact]
    public async Task Failures_make_room_before_what_is_on_its_way()
    {
        var fetched = new TaskCompletionSource<Thing>(TaskCreationOptions.RunContinuationsAsynchronously);
        var getting = GetAsync(0, () => fetched.Task);
        for (var key = 1; key <= VerifiedStore<int, Thing>.Capacity; key++) await Should.ThrowAsync<AttestationException>(GetAsync(key, Fail));
        var sharing = GetAsync(0, Fail);
        fetched.SetResult(new Thing(_time.GetUtcNow()));
        (await sharing).ShouldBeSameAs(await getting);
    }

    private static Task<Thing> Fail() => throw new AttestationException("collateral check: no.");

    private Task<Thing> GetAsync(int key, Func<Task<Thing>> fetch) =>
        _store.GetAsync(key, () => Task.FromResult<Thing?>(null), fetch, isOld: _ => false, CancellationToken.None).AsTask().WaitAsync(Patience);

    private sealed record Thing(DateTimeOffset From);
}
