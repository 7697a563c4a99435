using Cocoon.Attestation;
using Cocoon.Attestation.Chains;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.Nvidia;
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
    private const string PolicyOfHardware = "a policy that asks for hardware, such as 'tdx' or 'sev_snp'";

    private readonly string _evidence;
    private readonly IReadOnlyList<string> _simulatedImage;
    private readonly bool _test;
    private readonly CollateralOptions _options;
    private readonly HttpCollateralSource? _intel;
    private readonly HttpVendorSource? _amd;
    private readonly HttpVendorSource? _nvidia;
    private readonly PolicyServices _policies;
    private readonly Dictionary<string, EvidenceRules> _rules = [];
    private readonly TimeProvider _time;

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
        _time = time;
        cacheFolder = collateral.CacheFolder ?? cacheFolder;
        _intel = collateral.Url is { } url ? new HttpCollateralSource(new Uri(url)) : null;
        ICollateralSource? source = collateral.Folder is { } folder ? new FolderCollateralSource(folder) : _intel;
        _amd = collateral.AmdUrl is { } amdUrl ? new HttpVendorSource(new Uri(amdUrl)) : null;
        IVendorSource? amd = collateral.AmdFolder is { } amdFolder ? new FolderVendorSource(amdFolder) : _amd;
        _nvidia = collateral.NvidiaUrl is { } nvidiaUrl ? new HttpVendorSource(new Uri(nvidiaUrl)) : null;
        _policies = new PolicyServices(
            time, source, _intel is null ? null : cacheFolder, new SnpEndorsementStore(time, amd, _amd is null ? null : cacheFolder),
            NvidiaOf(collateral, _nvidia, cacheFolder, time));
    }

    /// <summary>Whether quotes are verified in this process; behind a router they are not, and no collateral is wanted.</summary>
    public bool VerifiesQuotes { get; init; } = true;

    /// <summary>Whether evidence is exchanged for each connection, as roles do that end their attested connections themselves and no router does.</summary>
    public bool ExchangesEvidence { get; init; } = true;

    /// <summary>The setting that says whether it is a test network, for messages.</summary>
    public string TestSetting { get; init; } = "Test";

    /// <summary>Asks the GPUs that work with this process; null where there are none to show.</summary>
    public IGpuEvidenceSource? Gpus { get; init; }

    /// <summary>What NVIDIA publishes about peers' GPUs.</summary>
    public GpuEndorsementStore GpuEndorsements => _policies.GpuEndorsements;

    /// <summary>Those of a role.</summary>
    /// <exception cref="ConfigurationException">There is no such source of GPUs' evidence, or it cannot be used with the other options.</exception>
    public static EvidenceServices Of(NodeOptions options, TimeProvider time) =>
        new(options.Evidence, options.SimulatedImage, options.Collateral, Path.Combine(options.StateFolder, "collateral"), options.Network.Test, time)
        {
            VerifiesQuotes = options.Transport != PeerTransports.Router,
            ExchangesEvidence = options.Transport == PeerTransports.AttestedTls,
            TestSetting = "Network.Test",
            Gpus = CreateGpus(options, time),
        };

    /// <summary>The evidence source.</summary>
    /// <exception cref="ConfigurationException">There is no such source, or not on this network.</exception>
    public IEvidenceSource CreateSource()
    {
        if (_evidence == EvidenceKind.SimulatedTdx.Name() && _simulatedImage.FirstOrDefault(file => !File.Exists(file)) is { } absent)
            throw new ConfigurationException($"SimulatedImage: the file '{absent}' does not exist.");
        try
        {
            var source = EvidenceSources.Create(_evidence, _simulatedImage, _policies.AmdEndorsements);
            RequireHardware($"Evidence '{_evidence}'", source.Kind.Tier() != EvidenceTier.Test, "Evidence to 'none' or what this machine has");
            return source;
        }
        catch (ArgumentException exception)
        {
            throw new ConfigurationException($"Evidence: {exception.Message}");
        }
    }

    /// <summary>
    /// Makes one quote where it takes hardware to make one, so that evidence that cannot be made is found at the start and not by every connection that then
    /// fails.
    /// </summary>
    /// <exception cref="ConfigurationException">It cannot be made here, or not within a minute; the message says what to do.</exception>
    public Task RequireEvidenceAsync(CancellationToken cancellationToken) => RequireEvidenceAsync(CreateSource(), _time, cancellationToken);

    internal static async Task RequireEvidenceAsync(IEvidenceSource source, TimeProvider time, CancellationToken cancellationToken)
    {
        if (source.Kind is not (EvidenceKind.Tdx or EvidenceKind.SevSnp)) return;
        try
        {
            await source.CreateQuoteAsync(new byte[TeeMeasurements.ReportDataSize], cancellationToken).AsTask().WaitAsync(AttestedTls.QuotePatience, time, cancellationToken).ConfigureAwait(false);
        }
        catch (AttestationException exception)
        {
            throw new ConfigurationException($"Evidence: '{source.Name}' cannot be made here. {exception.Message}");
        }
        catch (TimeoutException)
        {
            throw new ConfigurationException(
                $"Evidence: '{source.Name}' was not made within {AttestedTls.QuotePatience.TotalSeconds:0} seconds. The guest's kernel waits for the host: "
                + (source.Kind == EvidenceKind.Tdx
                    ? "see that the host's quote generation service runs, that this guest reaches it (vsock port 4050 by default), and that the service reaches its collateral (PCCS)."
                    : "see that the host answers guest requests and does not throttle them; both kernels' logs say so."));
        }
    }

    /// <summary>The policy of this name.</summary>
    /// <param name="name">The name, or the path of a policy file.</param>
    /// <param name="images">Which images are accepted; null for every one.</param>
    /// <exception cref="ConfigurationException">There is no such policy, or it cannot be used here.</exception>
    public IEvidencePolicy CreatePolicy(string name, ImageAllowList? images = null)
    {
        try
        {
            return EvidencePolicies.Create(EvidencePolicies.Restrict(Read(name), images ?? ImageAllowList.Everything), _policies);
        }
        catch (ArgumentException exception)
        {
            throw new ConfigurationException(exception.Message);
        }
    }

    /// <summary>The policy of this name, for peers that have to be confidential machines wherever the network is not for tests.</summary>
    /// <param name="name">The name, or the path of a policy file.</param>
    /// <exception cref="ConfigurationException">There is no such policy, or it cannot be used here.</exception>
    public IEvidencePolicy CreatePeerPolicy(string name)
    {
        RequireHardware($"PeerPolicy '{name}'", Read(name).Tier >= EvidenceTier.ConfidentialCpu, PolicyOfHardware);
        return CreatePolicy(name);
    }

    /// <summary>What the status says of a policy.</summary>
    /// <param name="setting">The setting that names it.</param>
    /// <param name="policy">The policy.</param>
    public PolicyStatus Describe(string setting, IEvidencePolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        var relaxations = policy.Rules.Relaxations;
        if (!VerifiesQuotes && policy.Rules.Kinds.Any(kind => kind is EvidenceKind.Tdx or EvidenceKind.SimulatedTdx))
            relaxations = relaxations.Add("the router judges quotes, collateral and certificates by its own policy; its word is taken for all but kind, root, image and measurements");
        return new PolicyStatus(setting, policy.Rules.Name, policy.Rules.Accepts, relaxations);
    }

    private static GpuEndorsementStore NvidiaOf(CollateralOptions options, HttpVendorSource? http, string? cacheFolder, TimeProvider time)
    {
        var lists = options.NvidiaFolder is { } folder ? new RevocationListFolder(folder, time) : null;
        return http is not null
            ? new GpuEndorsementStore(time, new RimServiceSource(http), cacheFolder, lists)
            : new GpuEndorsementStore(time, options.NvidiaFolder is { } manifests ? new FolderVendorSource(manifests) : null, null, lists);
    }

    private static BoundedGpuSource? CreateGpus(NodeOptions options, TimeProvider time)
    {
        if (options.GpuEvidence == "none") return null;
        if (options.GpuEvidence != "nvattest")
            throw new ConfigurationException($"GpuEvidence: there is no '{options.GpuEvidence}'; choose 'none' or 'nvattest'.");
        if (options.Evidence == "none")
            throw new ConfigurationException("GpuEvidence: with Evidence 'none' nothing vouches for this machine, and so nothing for its GPUs; set Evidence to what this machine has.");
        if (options.Transport != PeerTransports.AttestedTls)
            throw new ConfigurationException($"GpuEvidence: Transport '{options.Transport}' carries no evidence of GPUs; use 'attested_tls'.");
        if (!IsCommand(options.GpuEvidenceCommand))
        {
            throw new ConfigurationException(
                $"GpuEvidenceCommand: there is no command '{options.GpuEvidenceCommand}'; install NVIDIA's attestation command line in this machine's image, or give its path.");
        }
        return new BoundedGpuSource(new NvattestSource(options.GpuEvidenceCommand), options.Limits.GpuEvidence, time);
    }

    // As the system looks for it: a name without a path in each of PATH's folders.
    private static bool IsCommand(string command) =>
        command.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? File.Exists(command)
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, command)));

    /// <inheritdoc/>
    public void Dispose()
    {
        _intel?.Dispose();
        _amd?.Dispose();
        _nvidia?.Dispose();
    }

    // Read once: what is checked at the start is what judges peers later, whatever becomes of the file.
    private EvidenceRules Read(string name)
    {
        lock (_rules)
        {
            if (_rules.TryGetValue(name, out var known)) return known;
            EvidenceRules rules;
            try
            {
                rules = EvidencePolicies.Read(name);
            }
            catch (AttestationException exception)
            {
                throw new ConfigurationException($"The policy file {exception.Message}");
            }
            catch (ArgumentException exception)
            {
                throw new ConfigurationException(exception.Message);
            }
            RequireHardware($"policy '{name}'", rules.Tier != EvidenceTier.Test, PolicyOfHardware);
            if (VerifiesQuotes && rules.Kinds.Contains(EvidenceKind.Tdx) && _options is { Url: null, Folder: null })
                throw new ConfigurationException($"The policy '{name}' needs what Intel publishes about platforms: set Collateral:Url or Collateral:Folder.");
            if (!ExchangesEvidence) RequireRouterCanTell(rules);
            _rules.Add(name, rules);
            return rules;
        }
    }

    // What stands for no hardware proves a key at most; where money is real it must not pass, whatever else is configured.
    private void RequireHardware(string what, bool isHardware, string wanted)
    {
        if (_test || isHardware) return;
        throw new ConfigurationException(
            $"{TestSetting} is false, so peers must prove their hardware, and {what} does not stand for that. Set {wanted}, or join a test network ({TestSetting}=true).");
    }

    private static void RequireRouterCanTell(EvidenceRules rules)
    {
        if (rules.Freshness == FreshnessRule.Required || rules.Gpu is { Required: true })
        {
            throw new ConfigurationException(
                $"The policy '{rules.Name}' demands {(rules.Gpu is { Required: true } ? "evidence of GPUs" : "evidence made for each connection")}, which no router passes on: use Transport 'attested_tls'.");
        }
    }
}
