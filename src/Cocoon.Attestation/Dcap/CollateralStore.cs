using Cocoon.Attestation.Chains;

namespace Cocoon.Attestation.Dcap;

/// <summary>
/// Keeps verified collateral by kind of platform. However many ask, it is fetched once; when half of its life has passed it is fetched again, and the old
/// is given until the new is there. A failure is remembered for a minute, so that a service that is down is not asked with every connection.
/// </summary>
/// <param name="source">Where collateral comes from.</param>
/// <param name="anchor">The root that has to stand behind it.</param>
/// <param name="time">The clock of its life.</param>
/// <param name="cacheFolder">Keeps it from run to run, in files as <see cref="FolderCollateralSource"/> reads them; null for not at all.</param>
public sealed class CollateralStore(ICollateralSource source, TrustAnchor anchor, TimeProvider time, string? cacheFolder = null)
{
    /// <summary>The most kinds of platforms that are kept. Intel makes some dozens.</summary>
    public const int Capacity = 1000;

    private static readonly TimeSpan FailureMemory = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private readonly Dictionary<DcapPlatform, Entry> _entries = [];

    /// <summary>The root that stands behind what is kept here.</summary>
    public TrustAnchor Anchor => anchor;

    /// <summary>The collateral for a kind of platform, valid now.</summary>
    /// <exception cref="AttestationException">There is none to be had; the message is a check's sentence.</exception>
    public async ValueTask<VerifiedCollateral> GetAsync(DcapPlatform platform, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(platform);
        Entry? entry;
        Task loading;
        lock (_lock)
        {
            if (!_entries.TryGetValue(platform, out entry))
            {
                if (_entries.Count >= Capacity)
                    throw new AttestationException($"collateral check: found {Capacity} kinds of platforms already, wanted fewer; restart the node.");
                _entries.Add(platform, entry = new Entry());
            }
            var now = time.GetUtcNow();
            var isDue = now >= entry.Due;
            if (isDue) entry.Loading ??= Task.Run(() => LoadAsync(platform, entry), CancellationToken.None);
            if (Find(entry, now) is { } known) return known;
            loading = entry.Loading ?? throw new AttestationException(entry.Failure!);
        }
        await loading.WaitAsync(cancellationToken).ConfigureAwait(false);
        lock (_lock) return Find(entry, time.GetUtcNow()) ?? throw new AttestationException(entry.Failure!);
    }

    private static VerifiedCollateral? Find(Entry entry, DateTimeOffset now) => entry.Collateral is { } known && IsValid(known, now) ? known : null;

    private static bool IsValid(VerifiedCollateral collateral, DateTimeOffset now) => collateral.ValidFrom <= now && now <= collateral.ValidUntil;

    private static DateTimeOffset MiddleOf(VerifiedCollateral collateral) => collateral.ValidFrom + ((collateral.ValidUntil - collateral.ValidFrom) / 2);

    // Never fails: whoever waits for it finds the outcome in the entry.
    private async Task LoadAsync(DcapPlatform platform, Entry entry)
    {
        var cached = await ReadCacheAsync(platform).ConfigureAwait(false);
        VerifiedCollateral? fetched = null;
        string? failure = null;
        if (cached is null || time.GetUtcNow() >= MiddleOf(cached))
        {
            try
            {
                fetched = await FetchAsync(platform).ConfigureAwait(false);
            }
            catch (AttestationException exception)
            {
                failure = exception.Message;
            }
            catch (Exception exception)
            {
                failure = $"collateral check: found {exception.GetType().Name}: {exception.Message}, wanted the collateral for {platform.FileName}.";
            }
        }
        lock (_lock)
        {
            var now = time.GetUtcNow();
            entry.Collateral = fetched ?? entry.Collateral ?? cached;
            entry.Due = failure is null ? NextLook(entry.Collateral!, now) : now + FailureMemory;
            entry.Failure = failure ?? "collateral check: found collateral that has just ended, wanted one that is valid.";
            entry.Loading = null;
        }
    }

    // A source may have nothing newer yet: then it is asked again when half of what is left has passed.
    private static DateTimeOffset NextLook(VerifiedCollateral collateral, DateTimeOffset now)
    {
        var middle = MiddleOf(collateral);
        if (middle > now) return middle;
        var rest = (collateral.ValidUntil - now) / 2;
        return now + (rest > FailureMemory ? rest : FailureMemory);
    }

    private async Task<VerifiedCollateral> FetchAsync(DcapPlatform platform)
    {
        var collateral = await source.GetAsync(platform, CancellationToken.None).ConfigureAwait(false);
        var verified = Verify(collateral, platform);
        await WriteCacheAsync(platform, collateral).ConfigureAwait(false);
        return verified;
    }

    private VerifiedCollateral Verify(DcapCollateral collateral, DcapPlatform platform)
    {
        var verified = VerifiedCollateral.Verify(collateral, anchor);
        if (verified.Kind != platform.Kind || verified.Fmspc != platform.Fmspc)
        {
            throw new AttestationException(
                $"collateral check: found collateral for {verified.Kind} on {verified.Fmspc}, wanted for {platform.Kind} on {platform.Fmspc}; see what the source gives.");
        }
        var now = time.GetUtcNow();
        return IsValid(verified, now) ? verified : throw new AttestationException(
            $"collateral check: found collateral valid from {verified.ValidFrom:u} to {verified.ValidUntil:u}, wanted one that is valid at {now:u}; fetch it again, or check the clock.");
    }

    private async Task<VerifiedCollateral?> ReadCacheAsync(DcapPlatform platform)
    {
        if (cacheFolder is null) return null;
        try
        {
            return Verify(await new FolderCollateralSource(cacheFolder).GetAsync(platform, CancellationToken.None).ConfigureAwait(false), platform);
        }
        // What is kept only spares a fetch: whatever is wrong with it, it is fetched.
        catch (AttestationException)
        {
            return null;
        }
    }

    private async Task WriteCacheAsync(DcapPlatform platform, DcapCollateral collateral)
    {
        if (cacheFolder is null) return;
        try
        {
            Directory.CreateDirectory(cacheFolder);
            var file = Path.Combine(cacheFolder, platform.FileName);
            await File.WriteAllBytesAsync(file + ".new", collateral.ToJson(), CancellationToken.None).ConfigureAwait(false);
            File.Move(file + ".new", file, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Without the file the next run fetches again.
        }
    }

    private sealed class Entry
    {
        public VerifiedCollateral? Collateral { get; set; }

        public DateTimeOffset Due { get; set; } = DateTimeOffset.MinValue;

        public string? Failure { get; set; }

        public Task? Loading { get; set; }
    }
}
