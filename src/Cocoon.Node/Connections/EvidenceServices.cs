using Cocoon.Attestation;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.Policies;
using Cocoon.Attestation.SevSnp;
using Cocoon.Attestation.Sources;
using Cocoon.Attestation.Vendors;
using Cocoon.Node.Configuration;
using Cocoon.Node.Connections.Transports;

namespace Cocoon.Node.Connections;

/// <summary>Makes a process's evidence source and policies from its options. Used by several callers at once.</summary>
public sealed class EvidenceServices : IDisposable
{
    private readonly string _evidence;
    private readonly IReadOnlyList<string> _simulatedImage;
    private readonly bool _test;
    private readonly CollateralOptions _options;
    private readonly HttpCollateralSource? _intel;
    private readonly HttpVendorSource? _amd;
    private readonly PolicyServices _policies;

    /// <summary>Nothing is fetched or measured yet.</summary>
    /// <param name="evidence">The name of the source.</param>
    /// <param name="simulatedImage">The files that `simulated_tdx` measures.</param>
    /// <param name="collateral">Where collateral comes from.</param>
    /// <param name="cacheFolder">Where it is kept unless the options say where; null for nowhere.</param>
    /// <param name="test">Whether it is a test network; on others no policy may accept what stands for no hardware.</param>
    /// <param name="time">The clock.</param>
    public EvidenceServices(
        string evidence, IReadOnlyList<string> simulatedImage, CollateralOptions collateral, string? cacheFolder, bool test, TimeProvider time)
    {
        _evidence = evidence;
        _simulatedImage = simulatedImage;
        _test = test;
        _options = collateral;
        cacheFolder = collateral.CacheFolder ?? cacheFolder;
        _intel = collateral.Url is { } url ? new HttpCollateralSource(new Uri(url)) : null;
        ICollateralSource? source = collateral.Folder is { } folder ? new FolderCollateralSource(folder) : _intel;
        _amd = collateral.AmdUrl is { } amdUrl ? new HttpVendorSource(new Uri(amdUrl)) : null;
        IVendorSource? amd = collateral.AmdFolder is { } amdFolder ? new FolderVendorSource(amdFolder) : _amd;
        _policies = new PolicyServices(
            time, source, _intel is null ? null : cacheFolder, new SnpEndorsementStore(time, amd, _amd is null ? null : cacheFolder));
    }

    /// <summary>Whether quotes are verified in this process; behind a router they are not, and no collateral is wanted.</summary>
    public bool VerifiesQuotes { get; init; } = true;

    /// <summary>Those of a role.</summary>
    public static EvidenceServices Of(NodeOptions options, TimeProvider time) =>
        new(options.Evidence, options.SimulatedImage, options.Collateral, Path.Combine(options.StateFolder, "collateral"), options.Network.Test, time)
        {
            VerifiesQuotes = options.Transport != PeerTransports.Router,
        };

    /// <summary>The evidence source.</summary>
    /// <exception cref="ConfigurationException">There is no such source, or not on this network.</exception>
    public IEvidenceSource CreateSource()
    {
        if (TestEvidence.IsNamed(_evidence) && !_test)
            throw new ConfigurationException($"Evidence: '{_evidence}' proves no hardware and is for test networks: set Test=true on one, or choose another source.");
        if (_evidence == "simulated_tdx" && _simulatedImage.FirstOrDefault(file => !File.Exists(file)) is { } absent)
            throw new ConfigurationException($"SimulatedImage: the file '{absent}' does not exist.");
        try
        {
            return EvidenceSources.Create(_evidence, _simulatedImage, _policies.AmdEndorsements);
        }
        catch (ArgumentException exception)
        {
            throw new ConfigurationException($"Evidence: {exception.Message}");
        }
    }

    /// <summary>The policy of this name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="images">Which images are accepted; null for every one.</param>
    /// <exception cref="ConfigurationException">There is no such policy, or it cannot be used here.</exception>
    public IEvidencePolicy CreatePolicy(string name, ImageAllowList? images = null)
    {
        if (TestEvidence.IsNamed(name) && !_test)
            throw new ConfigurationException($"'{name}' proves no hardware and is for test networks: set Test=true on one, or choose another policy.");
        if (VerifiesQuotes && name == "tdx" && _options is { Url: null, Folder: null })
            throw new ConfigurationException("'tdx' needs what Intel publishes about platforms: set Collateral:Url or Collateral:Folder.");
        try
        {
            return EvidencePolicies.Create(name, images, _policies);
        }
        catch (ArgumentException exception)
        {
            throw new ConfigurationException(exception.Message);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _intel?.Dispose();
        _amd?.Dispose();
    }
}
