using Cocoon.Contracts.Registry;
using Cocoon.Node.Configuration;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Microsoft.Extensions.Logging;

namespace Cocoon.Node.Registry;

/// <summary>Reads the root contract again and again and holds the newest snapshot of it. A newer version replaces an older one, never the reverse.</summary>
public sealed partial class RegistryMonitor
{
    private readonly ITonChain _chain;
    private readonly NetworkOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private volatile RegistrySnapshot _current;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RegistryMonitor(ITonChain chain, NetworkOptions options, TonAddress root, RegistrySnapshot first, TimeProvider time, ILogger logger)
    {
        _chain = chain;
        _options = options;
        RootContract = root;
        _current = first;
        _time = time;
        _logger = logger;
    }

    /// <summary>The root contract's address.</summary>
    public TonAddress RootContract { get; }

    /// <summary>The newest snapshot.</summary>
    public RegistrySnapshot Current => _current;

    /// <summary>Ends at the next change of <see cref="Current"/>.</summary>
    public Task Changed => Volatile.Read(ref _changed).Task;

    /// <summary>Waits until the root contract can be read for the first time.</summary>
    /// <exception cref="ConfigurationException">The address is malformed, or the network's test flag is not the configured one.</exception>
    public static async Task<RegistryMonitor> StartAsync(
        ITonChain chain, NetworkOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        if (!TonAddress.TryParse(options.RootContract, out var root))
            throw new ConfigurationException($"Network.RootContract: '{options.RootContract}' is not a TON address.");
        var logger = loggers.CreateLogger<RegistryMonitor>();
        while (true)
        {
            try
            {
                var first = await ReadAsync(chain, root, time, cancellationToken).ConfigureAwait(false);
                if (first.Registry.Parameters.IsTest != options.Test)
                {
                    throw new ConfigurationException(
                        $"The root contract {root} says test={first.Registry.Parameters.IsTest}, the configuration says Network.Test={options.Test}. Correct one of them.");
                }
                return new RegistryMonitor(chain, options, root, first, time, logger);
            }
            catch (Exception exception) when (IsChainTrouble(exception))
            {
                LogUnreadable(logger, root, exception.Message);
                await Task.Delay(TimeSpan.FromSeconds(2), time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Keeps the snapshot fresh until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(TimeSpan.FromSeconds(_options.RegistryRefreshSeconds), _time, cancellationToken).ConfigureAwait(false);
            try
            {
                await RefreshAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (IsChainTrouble(exception))
            {
                LogUnreadable(_logger, RootContract, exception.Message);
            }
        }
    }

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var read = await ReadAsync(_chain, RootContract, _time, cancellationToken).ConfigureAwait(false);
        var known = _current.Registry;
        if (read.Registry.Parameters.IsTest != _options.Test)
        {
            LogTestFlag(read.Registry.Parameters.IsTest);
            return;
        }
        var order = (Registry: read.Registry.Version.CompareTo(known.Version), Parameters: read.Registry.Parameters.Version.CompareTo(known.Parameters.Version));
        // A server that lags behind shows an older one; it says nothing about the newest.
        if (order.Registry < 0 || order.Parameters < 0)
            return;
        if (order == (0, 0))
        {
            _current = _current with { ReadAt = read.ReadAt };
            return;
        }
        LogNew(read.Registry.Version, read.Registry.Parameters.Version);
        _current = read;
        Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    private static async Task<RegistrySnapshot> ReadAsync(ITonChain chain, TonAddress root, TimeProvider time, CancellationToken cancellationToken)
    {
        var account = await chain.GetAccountAsync(root, cancellationToken).ConfigureAwait(false);
        if (account.Data is not { } data)
            throw new CellFormatException($"The root contract {root} has no data; is Network.RootContract right for this chain?");
        return new RegistrySnapshot(NetworkRegistry.Decode(data), time.GetUtcNow());
    }

    private static bool IsChainTrouble(Exception exception) => exception is TonChainException or CellFormatException or HttpRequestException;

    [LoggerMessage(LogLevel.Warning, "The root contract {Root} cannot be read: {Reason} Trying again.")]
    private static partial void LogUnreadable(ILogger logger, TonAddress root, string reason);

    [LoggerMessage(LogLevel.Error, "The root contract now says test={Test}, which this node does not: the change is not followed")]
    private partial void LogTestFlag(bool test);

    [LoggerMessage(LogLevel.Information, "Registry version {Version}, parameters version {Parameters}")]
    private partial void LogNew(uint version, uint parameters);
}
