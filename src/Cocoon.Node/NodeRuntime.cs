using Cocoon.Attestation;
using Cocoon.Node.Configuration;
using Cocoon.Node.Connections;
using Cocoon.Node.Connections.Transports;
using Cocoon.Node.FixedNetwork;
using Cocoon.Node.Registry;
using Cocoon.Node.Wallet;
using Cocoon.Ton;
using Cocoon.Ton.Chain;
using Cocoon.Ton.TonCenter;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Cocoon.Node;

/// <summary>What every role is made of: its folder, its view of the chain and the registry, its wallet, and its way to dial peers.</summary>
public sealed partial class NodeRuntime : IAsyncDisposable
{
    private readonly HttpClient? _http;
    private readonly CancellationTokenSource _stopping;
    private readonly Task _registryLoop;
    private readonly IDisposable _claim;

    private NodeRuntime(
        NodeOptions options, StateFolder folder, IDisposable claim, TonAddress owner, HttpClient? http, ITonChain chain, RegistryMonitor registry, NodeWallet wallet,
        EvidenceServices evidence, IPeerTransport transport, TimeProvider time, ILoggerFactory loggers)
    {
        Options = options;
        Folder = folder;
        _claim = claim;
        Owner = owner;
        _http = http;
        Chain = chain;
        Registry = registry;
        Wallet = wallet;
        Evidence = evidence;
        Transport = transport;
        Time = time;
        Loggers = loggers;
        _stopping = new CancellationTokenSource();
        _registryLoop = registry.RunAsync(_stopping.Token);
    }

    /// <summary>The role's options.</summary>
    public NodeOptions Options { get; }

    /// <summary>The node's private folder.</summary>
    public StateFolder Folder { get; }

    /// <summary>Who owns the node's wallet and gets what it earns.</summary>
    public TonAddress Owner { get; }

    /// <summary>The chain.</summary>
    public ITonChain Chain { get; }

    /// <summary>What stands for the chain on a network that has none; null on every other.</summary>
    public FixedChain? FixedChain => Chain as FixedChain;

    /// <summary>What the status says of the chain: <c>toncenter</c>, or <c>none</c>.</summary>
    public string ChainKind => FixedChain is null ? "toncenter" : "none";

    /// <summary>The registry.</summary>
    public RegistryMonitor Registry { get; }

    /// <summary>The node's wallet.</summary>
    public NodeWallet Wallet { get; }

    /// <summary>Known images, to explain others.</summary>
    public ReferenceValues References { get; private init; } = ReferenceValues.None;

    /// <summary>How this node attests itself, and what it wants of peers.</summary>
    public EvidenceServices Evidence { get; }

    /// <summary>What it wants of those that <see cref="Dialler"/> reaches.</summary>
    public required PolicyStatus PeerPolicy { get; init; }

    /// <summary>How peers are reached and known.</summary>
    public IPeerTransport Transport { get; }

    /// <summary>The one clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>Where everything logs.</summary>
    public ILoggerFactory Loggers { get; }

    /// <summary>How often a followed account is looked at.</summary>
    public TimeSpan ChainPoll => TimeSpan.FromMilliseconds(Options.Network.ChainPollMilliseconds);

    /// <summary>Cancelled when the node stops.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>
    /// Opens the state folder, reads the registry for the first time and opens the wallet, over the configured toncenter API or without a chain.
    /// </summary>
    /// <exception cref="ConfigurationException">Something configured cannot be used.</exception>
    public static async Task<NodeRuntime> StartAsync(NodeOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        NodeConfiguration.Validate(options);
        if (options.Network.FixedRegistry is { } file)
        {
            var fixedChain = FixedChain.Open(options.Network, time);
            LogNoChain(loggers.CreateLogger<NodeRuntime>(), file);
            return await StartAsync(options, fixedChain, null, time, loggers, cancellationToken).ConfigureAwait(false);
        }
        var http = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        try
        {
            var chain = new TonCenterClient(
                http, new TonCenterOptions { BaseAddress = new Uri(options.Network.TonCenterUrl!), ApiKey = options.Network.TonCenterApiKey }, time);
            return await StartAsync(options, chain, http, time, loggers, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            http.Dispose();
            throw;
        }
    }

    /// <summary>The same over a chain of the caller's, reached in another way.</summary>
    /// <exception cref="ConfigurationException">Something configured cannot be used.</exception>
    public static Task<NodeRuntime> StartAsync(
        NodeOptions options, ITonChain chain, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken) =>
        StartAsync(options, chain, null, time, loggers, cancellationToken);

    private static async Task<NodeRuntime> StartAsync(
        NodeOptions options, ITonChain chain, HttpClient? http, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        NodeConfiguration.Validate(options);
        if (!TonAddress.TryParse(options.Owner, out var owner))
            throw new ConfigurationException($"Owner: '{options.Owner}' is not a TON address.");
        var references = ReadReferences(options);
        var evidence = EvidenceServices.Of(options, time);
        IDisposable? claim = null;
        try
        {
            var policy = CheckAttestation(options, evidence);
            if (options.Transport == PeerTransports.AttestedTls) await evidence.RequireEvidenceAsync(cancellationToken).ConfigureAwait(false);
            var transport = PeerTransports.Create(options, evidence, time, loggers);
            var folder = new StateFolder(options.StateFolder);
            claim = folder.Claim();
            loggers.CreateLogger<NodeRuntime>().LogPolicy(policy);
            var registry = await RegistryMonitor.StartAsync(chain, options.Network, time, loggers, cancellationToken).ConfigureAwait(false);
            var poll = TimeSpan.FromMilliseconds(options.Network.ChainPollMilliseconds);
            var key = folder.LoadOrCreateKey("wallet.key");
            (chain as FixedChain)?.PresumeWallet(key.PublicKey, owner);
            var wallet = new NodeWallet(key, owner, chain, folder, poll, time, loggers);
            return new NodeRuntime(options, folder, claim, owner, http, chain, registry, wallet, evidence, transport, time, loggers) { References = references, PeerPolicy = policy };
        }
        catch
        {
            claim?.Dispose();
            evidence.Dispose();
            throw;
        }
    }

    // Found out at the start, not by every connection that then fails.
    private static PolicyStatus CheckAttestation(NodeOptions options, EvidenceServices evidence)
    {
        _ = evidence.CreateSource();
        return evidence.Describe(nameof(options.PeerPolicy), evidence.CreatePeerPolicy(options.PeerPolicy));
    }

    private static ReferenceValues ReadReferences(NodeOptions options)
    {
        try
        {
            return options.ReferenceValues is { } file ? ReferenceValues.Read(file) : ReferenceValues.None;
        }
        catch (AttestationException exception)
        {
            throw new ConfigurationException($"ReferenceValues: {exception.Message}");
        }
    }

    /// <summary>The text form of a contract address that peers compare: not bounceable, with this network's testnet flag.</summary>
    public string Text(TonAddress address) => address.ToFriendly(bounceable: false, testnet: Options.Network.Testnet);

    /// <summary>Dials peers that satisfy <see cref="NodeOptions.PeerPolicy"/>.</summary>
    public PeerDialler Dialler(ConnectionDelegate serve) =>
        new(Transport.Dial(Options.PeerPolicy, serve), Options.Limits.Dial, Loggers, Time) { Via = Transport.Via };

    /// <summary>Refuses what moves money where none can move.</summary>
    /// <exception cref="InvalidOperationException">This network has no chain.</exception>
    public void RequireChain()
    {
        if (FixedChain is not null)
            throw new InvalidOperationException("This network has no chain: nothing is paid on it.");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _registryLoop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Wallet.DisposeAsync().ConfigureAwait(false);
        Transport.Dispose();
        Evidence.Dispose();
        _http?.Dispose();
        _claim.Dispose();
        _stopping.Dispose();
    }

    [LoggerMessage(LogLevel.Warning, "This network has no chain: its registry is {File}, contracts are presumed to exist, and nothing is paid")]
    private static partial void LogNoChain(ILogger logger, string file);
}
