using System.Collections.Immutable;
using Cocoon.Attestation.Chains;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.Vendors;

namespace Cocoon.Attestation.SevSnp;

/// <summary>
/// Finds and keeps what AMD publishes about chips: the authorities of a product line, the root's revocation list, and the certificate of a chip's key where a
/// report came without it. All of it goes back to AMD's roots, so the source is not trusted. Authorities and lists are fetched again after a day at most;
/// a failure is remembered for a minute.
/// </summary>
public sealed class SnpEndorsementStore
{
    /// <summary>How many certificates of peers' chips are fetched in a minute at most: until the certificate is here, anybody can name any chip.</summary>
    public const int MaxChipsPerMinute = 10;

    /// <summary>How many certificates of chips stay in the cache folder; the oldest make room.</summary>
    public const int MaxKeptChips = 1000;

    private readonly ImmutableDictionary<SnpProduct, TrustAnchor> _roots;
    private readonly TimeProvider _time;
    private readonly DocumentStore<Authority>? _authorities;
    private readonly DocumentStore<RevocationList>? _lists;
    private readonly DocumentStore<ChainCertificate>? _chips;
    private readonly DocumentStore<ChainCertificate>? _ownChip;

    /// <summary>Nothing is fetched yet.</summary>
    /// <param name="time">The clock of certificates and lists.</param>
    /// <param name="source">Where AMD's documents come from, by their names in its key distribution service; null for nowhere.</param>
    /// <param name="cacheFolder">Keeps them from run to run; null for not at all.</param>
    /// <param name="roots">AMD's root key of each product line; others only for tests.</param>
    public SnpEndorsementStore(
        TimeProvider time, IVendorSource? source = null, string? cacheFolder = null, ImmutableDictionary<SnpProduct, TrustAnchor>? roots = null)
    {
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
        _roots = roots ?? AmdRoots.All;
        if (source is null) return;
        _authorities = new DocumentStore<Authority>(source, cacheFolder, authority => (authority.From, authority.Until), time);
        _lists = new DocumentStore<RevocationList>(source, cacheFolder, list => (list.ThisUpdate, list.NextUpdate), time);
        _chips = Chips(new FetchBudget(MaxChipsPerMinute, time));
        // A store of its own: strangers can copy this node's chip id, and what they are refused must not be remembered against this node.
        _ownChip = Chips(null);

        DocumentStore<ChainCertificate> Chips(FetchBudget? budget) =>
            new(source, cacheFolder, certificate => (certificate.NotBefore, certificate.NotAfter), time, budget, (SnpDocuments.ChipKeyFiles, MaxKeptChips));
    }

    /// <summary>Whether there is a source, so that revocation lists can be had.</summary>
    public bool HasSource => _authorities is not null;

    /// <summary>Finds what a peer's evidence lacks to be verified. What cannot be had is left out: the verifier says what is missing.</summary>
    /// <param name="evidence">The evidence; hostile until proven otherwise.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public ValueTask<SnpEndorsed> CompleteAsync(SnpEvidence evidence, CancellationToken cancellationToken) => CompleteAsync(evidence, _chips, cancellationToken);

    /// <summary>Finds what this machine's own evidence lacks, however many chips strangers name.</summary>
    /// <param name="evidence">The evidence, as this machine made it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public ValueTask<SnpEndorsed> CompleteOwnAsync(SnpEvidence evidence, CancellationToken cancellationToken) => CompleteAsync(evidence, _ownChip, cancellationToken);

    private async ValueTask<SnpEndorsed> CompleteAsync(SnpEvidence evidence, DocumentStore<ChainCertificate>? chips, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        var endorsements = new SnpEndorsements { Roots = _roots };
        // Nothing is asked for what the verifier refuses whatever comes.
        if (_authorities is null || !evidence.Report.HasKnownSignature || evidence.FindProduct() is not { } product || !_roots.TryGetValue(product, out var root)
            || evidence.Report.SigningKey is not (SnpSigningKey.Vcek or SnpSigningKey.Vlek))
        {
            return new SnpEndorsed(evidence, endorsements, null);
        }
        var signer = evidence.Report.SigningKey;
        var listing = TryAsync(_lists!.GetAsync(SnpDocuments.RevocationList(product, signer), bytes => ReadList(bytes, root), cancellationToken));
        var (authority, failure) = await TryAsync(
            _authorities.GetAsync(SnpDocuments.Authorities(product, signer), bytes => ReadAuthority(bytes, root), cancellationToken)).ConfigureAwait(false);
        if (authority is not null)
        {
            endorsements = endorsements with { Authorities = [authority.Certificate.Der, authority.Root.Der] };
            if (evidence.EndorsementKey.IsEmpty && SnpDocuments.FindChipKey(evidence.Report, product) is { } chip)
            {
                var (report, known) = (evidence.Report, endorsements);
                (var key, failure) = await TryAsync(chips!.GetAsync(chip, bytes => ReadChipKey(bytes, report, known), cancellationToken)).ConfigureAwait(false);
                if (key is not null) evidence = SnpEvidence.Create(report.Raw.Span, key.Der, evidence.Authorities);
            }
        }
        var (list, unlisted) = await listing.ConfigureAwait(false);
        if (list is not null) endorsements = endorsements with { RevocationLists = [list] };
        return new SnpEndorsed(evidence, endorsements, failure ?? unlisted);
    }

    private static async Task<(T? Found, string? Failure)> TryAsync<T>(ValueTask<T> getting) where T : class
    {
        try
        {
            return (await getting.ConfigureAwait(false), null);
        }
        catch (AttestationException exception)
        {
            return (null, exception.Message);
        }
    }

    private static Authority ReadAuthority(byte[] pem, TrustAnchor root)
    {
        var certificates = PemChain.Read(pem, 2).Select(ChainCertificate.Parse).ToArray();
        var (authority, top) = (certificates[0], certificates[1]);
        if (!top.PublicKeyInfo.Span.SequenceEqual(root.PublicKeyInfo.Span) || !top.IsIssuedBy(top))
            throw new AttestationException($"collateral check: found {top.Subject} at the end of AMD's chain, wanted {root.Name}.");
        return authority.IsAuthority && authority.IsIssuedBy(top)
            ? new Authority(authority, top)
            : throw new AttestationException($"collateral check: found {authority.Subject}, wanted an authority that {root.Name} signed.");
    }

    private static RevocationList ReadList(byte[] der, TrustAnchor root)
    {
        var list = RevocationList.Parse(der);
        return list.IsSignedBy(root.PublicKeyInfo.Span) ? list : throw new AttestationException($"collateral check: found a revocation list of another issuer, wanted one that {root.Name} signed.");
    }

    // Only with what AMD vouches for, and only against the chip and patch level that the document is named by: nothing else of what a stranger brought must
    // decide whether this one is good for all others who ask for it.
    private ChainCertificate ReadChipKey(byte[] der, SnpReport report, SnpEndorsements endorsements)
    {
        var checks = new SnpVerifier(endorsements, new SnpRequirements()).VerifyEndorsementKey(SnpEvidence.Create(report.Raw.Span, der), _time.GetUtcNow());
        return checks.IsValid ? ChainCertificate.Parse(der) : throw new AttestationException(checks.FirstFailure!);
    }

    private sealed record Authority(ChainCertificate Certificate, ChainCertificate Root)
    {
        public DateTimeOffset From => Certificate.NotBefore > Root.NotBefore ? Certificate.NotBefore : Root.NotBefore;

        public DateTimeOffset Until => Certificate.NotAfter < Root.NotAfter ? Certificate.NotAfter : Root.NotAfter;
    }
}
