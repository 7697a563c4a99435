namespace Cocoon.Attestation.Vendors;

/// <summary>
/// Keeps what was verified of what a vendor publishes. However many ask for one thing, it is fetched once; when half of its life has passed it is fetched
/// again, and the old is given until the new is there. A failure is remembered for a minute, so that a service that is down is not asked with every
/// connection.
/// </summary>
/// <typeparam name="TKey">What names a thing.</typeparam>
/// <typeparam name="TValue">The thing, verified.</typeparam>
/// <param name="lifeOf">From when to when it may be relied on.</param>
/// <param name="time">The clock of lives.</param>
/// <param name="longestRest">After how long it is fetched again however long it lives; null for half of its life.</param>
internal sealed class VerifiedStore<TKey, TValue>(Func<TValue, (DateTimeOffset From, DateTimeOffset Until)> lifeOf, TimeProvider time, TimeSpan? longestRest = null)
    where TKey : notnull
    where TValue : class
{
    /// <summary>The most things that are kept; failures make room first, then what is due first.</summary>
    public const int Capacity = 1000;

    private static readonly TimeSpan FailureMemory = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, Entry> _entries = [];

    /// <summary>The thing of this name, valid now.</summary>
    /// <param name="key">The name.</param>
    /// <param name="readKept">Reads and verifies what a former run kept; null when there is nothing good.</param>
    /// <param name="fetch">Fetches and verifies it.</param>
    /// <param name="isOld">Whether it is too old for the caller, though valid: then it is fetched again first, and given all the same where nothing newer is to be had.</param>
    /// <param name="cancellationToken">Stops waiting; the fetch goes on for others.</param>
    /// <exception cref="AttestationException">It is not to be had; the message is a check's sentence.</exception>
    public async ValueTask<TValue> GetAsync(TKey key, Func<Task<TValue?>> readKept, Func<Task<TValue>> fetch, Func<TValue, bool> isOld, CancellationToken cancellationToken)
    {
        Entry? entry;
        Task loading;
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out entry))
            {
                if (_entries.Count >= Capacity) MakeRoom();
                _entries.Add(key, entry = new Entry());
            }
            var now = time.GetUtcNow();
            var isRenewed = entry.Value is { } value && isOld(value) && now >= entry.Asked + FailureMemory;
            if (now >= entry.Due || isRenewed) entry.Loading ??= Task.Run(() => LoadAsync(entry, readKept, fetch, isOld), CancellationToken.None);
            if (!isRenewed && Find(entry, now) is { } known) return known;
            loading = entry.Loading ?? throw new AttestationException(entry.Failure!);
        }
        await loading.WaitAsync(cancellationToken).ConfigureAwait(false);
        lock (_lock) return Find(entry, time.GetUtcNow()) ?? throw new AttestationException(entry.Failure!);
    }

    /// <summary>Whether it may be relied on now.</summary>
    public bool IsValid(TValue value) => IsValid(value, time.GetUtcNow());

    private void MakeRoom()
    {
        // However many failures strangers cause, they cost nothing that is good: neither what is due and serves until the new is there, nor what is on its way.
        var now = time.GetUtcNow();
        var (key, _) = _entries.MinBy(pair => (Find(pair.Value, now) is not null, pair.Value.Loading is not null, pair.Value.Due));
        _entries.Remove(key);
    }

    private TValue? Find(Entry entry, DateTimeOffset now) => entry.Value is { } known && IsValid(known, now) ? known : null;

    private bool IsValid(TValue value, DateTimeOffset now)
    {
        var (from, until) = lifeOf(value);
        return from <= now && now <= until;
    }

    // Never fails: whoever waits for it finds the outcome in the entry.
    private async Task LoadAsync(Entry entry, Func<Task<TValue?>> readKept, Func<Task<TValue>> fetch, Func<TValue, bool> isOld)
    {
        TValue? known = null;
        TValue? fetched = null;
        string? failure = null;
        var asks = false;
        try
        {
            // Another process may have kept something newer meanwhile, or an operator put it there; or something older.
            known = Newer(await readKept().ConfigureAwait(false), entry);
            asks = known is null || isOld(known) || time.GetUtcNow() >= RenewalOf(known);
            if (asks) fetched = await fetch().ConfigureAwait(false);
        }
        catch (AttestationException exception)
        {
            failure = exception.Message;
        }
        catch (Exception exception)
        {
            failure = $"collateral check: found {exception.GetType().Name}: {exception.Message}, wanted what the vendor publishes.";
        }
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (asks) entry.Asked = now;
            entry.Value = fetched ?? known ?? entry.Value;
            entry.Due = failure is null ? NextLook(entry.Value!, now) : now + FailureMemory;
            entry.Failure = failure ?? "collateral check: found collateral that has just ended, wanted one that is valid.";
            entry.Loading = null;
        }
    }

    private TValue? Newer(TValue? kept, Entry entry)
    {
        lock (_lock)
        {
            if (Find(entry, time.GetUtcNow()) is not { } held) return kept;
            return kept is not null && lifeOf(kept).CompareTo(lifeOf(held)) > 0 ? kept : held;
        }
    }

    private DateTimeOffset RenewalOf(TValue value)
    {
        var (from, until) = lifeOf(value);
        return from + Rest((until - from) / 2);
    }

    // A source may have nothing newer yet: then it is asked again when half of what is left has passed.
    private DateTimeOffset NextLook(TValue value, DateTimeOffset now)
    {
        var renewal = RenewalOf(value);
        if (renewal > now) return renewal;
        var rest = Rest((lifeOf(value).Until - now) / 2);
        return now + (rest > FailureMemory ? rest : FailureMemory);
    }

    private TimeSpan Rest(TimeSpan half) => longestRest is { } longest && longest < half ? longest : half;

    private sealed class Entry
    {
        public TValue? Value { get; set; }

        public DateTimeOffset Due { get; set; } = DateTimeOffset.MinValue;

        public DateTimeOffset Asked { get; set; } = DateTimeOffset.MinValue;

        public string? Failure { get; set; }

        public Task? Loading { get; set; }
    }
}
