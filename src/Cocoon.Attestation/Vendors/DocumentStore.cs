namespace Cocoon.Attestation.Vendors;

/// <summary>Keeps a vendor's documents, verified, and in a folder from run to run.</summary>
/// <typeparam name="T">What a document says.</typeparam>
/// <param name="source">Where documents come from.</param>
/// <param name="cacheFolder">Keeps them from run to run, in files as <see cref="FolderVendorSource"/> reads them; null for not at all.</param>
/// <param name="lifeOf">From when to when a document may be relied on.</param>
/// <param name="time">The clock of lives.</param>
/// <param name="budget">Bounds how often the source is asked; null where strangers cannot name documents.</param>
/// <param name="maxKept">The names of such files in the folder, and how many are kept at most; null where the vendor has few.</param>
internal sealed class DocumentStore<T>(
    IVendorSource source, string? cacheFolder, Func<T, (DateTimeOffset From, DateTimeOffset Until)> lifeOf, TimeProvider time, FetchBudget? budget = null,
    (string Pattern, int Files)? maxKept = null)
    where T : class
{
    // Lists of revoked keys live for months. A day is what a key may be revoked without this node knowing.
    private static readonly TimeSpan LongestRest = TimeSpan.FromDays(1);
    private readonly VerifiedStore<VendorDocument, T> _store = new(lifeOf, time, LongestRest);

    /// <summary>What a document says, valid now.</summary>
    /// <param name="document">Its name.</param>
    /// <param name="verify">Reads it and verifies that it is the vendor's and the one that was asked for.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="AttestationException">It is not to be had; the message is a check's sentence.</exception>
    public ValueTask<T> GetAsync(VendorDocument document, Func<byte[], T> verify, CancellationToken cancellationToken) =>
        _store.GetAsync(document, () => ReadKeptAsync(document, verify), () => FetchAsync(document, verify), isOld: _ => false, cancellationToken);

    private async Task<T> FetchAsync(VendorDocument document, Func<byte[], T> verify)
    {
        budget?.Take();
        var bytes = await source.GetAsync(document, CancellationToken.None).ConfigureAwait(false);
        var verified = VerifyNow(document, bytes, verify);
        if (cacheFolder is null) return verified;
        await KeptFile.TryWriteAsync(cacheFolder, document.FileName, bytes).ConfigureAwait(false);
        if (maxKept is var (pattern, files)) KeptFile.TryBound(cacheFolder, pattern, files);
        return verified;
    }

    private T VerifyNow(VendorDocument document, byte[] bytes, Func<byte[], T> verify)
    {
        var verified = verify(bytes);
        if (_store.IsValid(verified)) return verified;
        var (from, until) = lifeOf(verified);
        throw new AttestationException(
            $"collateral check: found {document.FileName} valid from {from:u} to {until:u}, wanted one that is valid at {time.GetUtcNow():u}; fetch it again, or check the clock.");
    }

    private async Task<T?> ReadKeptAsync(VendorDocument document, Func<byte[], T> verify)
    {
        if (cacheFolder is null) return null;
        try
        {
            return VerifyNow(document, await new FolderVendorSource(cacheFolder).GetAsync(document, CancellationToken.None).ConfigureAwait(false), verify);
        }
        // What is kept only spares a fetch: whatever is wrong with it, it is fetched.
        catch (AttestationException)
        {
            return null;
        }
    }
}
