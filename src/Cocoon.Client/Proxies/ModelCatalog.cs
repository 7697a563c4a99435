using Cocoon.Protocol.Sessions;
using Microsoft.Extensions.Logging;

namespace Cocoon.Client.Proxies;

/// <summary>The models of all ready proxies together, asked for at most every few seconds.</summary>
internal sealed partial class ModelCatalog(ProxyPool pool, TimeProvider time, ILogger<ModelCatalog> logger) : IDisposable
{
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(5);

    // As long as workers may need to come back to a proxy that was started anew.
    private static readonly TimeSpan RememberedFor = TimeSpan.FromMinutes(2);
    private const int MaxRemembered = 1000;

    private readonly SemaphoreSlim _asking = new(1, 1);
    private readonly Dictionary<string, long> _listedAt = new(StringComparer.Ordinal);
    private IReadOnlyDictionary<string, IReadOnlyList<ModelWorker>>? _models;
    private long _askedAt;

    /// <summary>The workers of each model by its base name. A model stays listed while a proxy names it, even without workers.</summary>
    public async Task<IReadOnlyDictionary<string, IReadOnlyList<ModelWorker>>> GetAsync(CancellationToken cancellationToken)
    {
        await _asking.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_models is null || time.GetElapsedTime(_askedAt) >= FreshFor)
            {
                var sessions = pool.Sessions.Where(session => session.State == ProxySessionState.Ready);
                var answers = await Task.WhenAll(sessions.Select(session => AskAsync(session, cancellationToken))).ConfigureAwait(false);
                var models = new SortedDictionary<string, IReadOnlyList<ModelWorker>>(StringComparer.Ordinal);
                foreach (var (name, workers) in answers.SelectMany(answer => answer))
                    models[name] = models.TryGetValue(name, out var known) ? [.. known, .. workers] : workers;
                Remember(models.Keys);
                // Nobody to ask is no knowledge worth keeping.
                _models = answers.Length == 0 ? null : models;
                _askedAt = time.GetTimestamp();
                return models;
            }
            return _models;
        }
        finally
        {
            _asking.Release();
        }
    }

    /// <summary>
    /// Whether a model exists as far as anybody can say now: a proxy names it, or named it a moment ago. A proxy that was started anew knows no
    /// model before one of its workers is back; while no proxy names any, every model may exist.
    /// </summary>
    public async Task<bool> MayExistAsync(string name, CancellationToken cancellationToken)
    {
        var models = await GetAsync(cancellationToken).ConfigureAwait(false);
        lock (_listedAt)
            return models.Count == 0 || models.ContainsKey(name) || _listedAt.ContainsKey(name);
    }

    /// <inheritdoc/>
    public void Dispose() => _asking.Dispose();

    private void Remember(IEnumerable<string> names)
    {
        lock (_listedAt)
        {
            foreach (var (name, at) in _listedAt)
            {
                if (time.GetElapsedTime(at) >= RememberedFor) _listedAt.Remove(name);
            }
            foreach (var name in names)
            {
                if (_listedAt.Count < MaxRemembered || _listedAt.ContainsKey(name)) _listedAt[name] = time.GetTimestamp();
            }
        }
    }

    private async Task<IReadOnlyDictionary<string, IReadOnlyList<ModelWorker>>> AskAsync(ProxySession session, CancellationToken cancellationToken)
    {
        try
        {
            return await session.GetModelsAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or TimeoutException or SessionQueryException)
        {
            LogNoModels(session.Proxy.ClientEndpoint.ToString(), exception.Message);
            return new Dictionary<string, IReadOnlyList<ModelWorker>>();
        }
    }

    [LoggerMessage(LogLevel.Warning, "Proxy {Endpoint} did not tell its models: {Reason}")]
    private partial void LogNoModels(string endpoint, string reason);
}
