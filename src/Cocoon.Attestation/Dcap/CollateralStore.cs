using Cocoon.Attestation.Chains;
using Cocoon.Attestation.Vendors;

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
    private readonly VerifiedStore<DcapPlatform, VerifiedCollateral> _store = new(collateral => (collateral.ValidFrom, collateral.ValidUntil), time);

    /// <summary>The root that stands behind what is kept here.</summary>
    public TrustAnchor Anchor => anchor;

    /// <summary>The collateral for a kind of platform, valid now.</summary>
    /// <param name="platform">The kind of platform.</param>
    /// <param name="maxAge">
    /// How old it may be (<see cref="VerifiedCollateral.IssuedAt"/>): older is fetched again first, and given all the same where the source has nothing newer.
    /// Null for as old as its own dates allow.
    /// </param>
    /// <param name="cancellationToken">Ends the wait; others may wait for the same.</param>
    /// <exception cref="AttestationException">There is none to be had; the message is a check's sentence.</exception>
    public ValueTask<VerifiedCollateral> GetAsync(DcapPlatform platform, TimeSpan? maxAge, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(platform);
        return _store.GetAsync(
            platform, () => ReadCacheAsync(platform), () => FetchAsync(platform), collateral => time.GetUtcNow() - collateral.IssuedAt > maxAge, cancellationToken);
    }

    private async Task<VerifiedCollateral> FetchAsync(DcapPlatform platform)
    {
        var collateral = await source.GetAsync(platform, CancellationToken.None).ConfigureAwait(false);
        var verified = Verify(collateral, platform);
        if (cacheFolder is not null) await KeptFile.TryWriteAsync(cacheFolder, platform.FileName, collateral.ToJson()).ConfigureAwait(false);
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
        return _store.IsValid(verified) ? verified : throw new AttestationException(
            $"collateral check: found collateral valid from {verified.ValidFrom:u} to {verified.ValidUntil:u}, wanted one that is valid at {time.GetUtcNow():u}; "
            + "fetch it again, or check the clock.");
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
}
