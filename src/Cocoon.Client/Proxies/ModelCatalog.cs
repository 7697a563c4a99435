using Cocoon.Protocol.Sessions;
using Microsoft.Extensions.Logging;

namespace Cocoon.Client.Proxies;

/// <summary>The models of all ready proxies together, asked for at most every few seconds.</summary>
internal sealed partial class ModelCatalog(ProxyPool pool, TimeProvider time, ILogger<ModelCatalog> logger) : IDisposable
{
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _asking = new(1, 1);
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

    /// <inheritdoc/>
    public void Dispose() => _asking.Dispose();

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
