using System.Diagnostics.Metrics;

namespace Cocoon.Client.Telemetry;

/// <summary>Counts what a client does: numbers only, never anything of a prompt or an answer.</summary>
internal sealed class ClientMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Cocoon.Client";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _requests;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _tokens;
    private readonly Counter<long> _faults;
    private readonly Histogram<double> _firstPart;
    private long _requestCount;
    private long _failureCount;
    private long _retryCount;
    private long _tokenCount;
    private long _faultCount;

    public ClientMetrics()
    {
        _requests = _meter.CreateCounter<long>("cocoon.client.requests", "{request}", "Inference requests the gateway took.");
        _failures = _meter.CreateCounter<long>("cocoon.client.failures", "{request}", "Inference requests that failed, by error code.");
        _retries = _meter.CreateCounter<long>("cocoon.client.retries", "{attempt}", "Attempts after the first one.");
        _tokens = _meter.CreateCounter<long>("cocoon.client.tokens", "{token}", "Adjusted tokens that finished requests used.");
        _faults = _meter.CreateCounter<long>("cocoon.client.proxy_faults", "{fault}", "Rules that proxies broke.");
        _firstPart = _meter.CreateHistogram<double>("cocoon.client.first_part", "s", "Time from the request to the first part of its answer.");
    }

    public long Requests => Interlocked.Read(ref _requestCount);

    public long Failures => Interlocked.Read(ref _failureCount);

    public long Retries => Interlocked.Read(ref _retryCount);

    public long Tokens => Interlocked.Read(ref _tokenCount);

    public long ProxyFaults => Interlocked.Read(ref _faultCount);

    public void RequestStarted()
    {
        Interlocked.Increment(ref _requestCount);
        _requests.Add(1);
    }

    public void RequestFailed(string kind)
    {
        Interlocked.Increment(ref _failureCount);
        _failures.Add(1, new KeyValuePair<string, object?>("kind", kind));
    }

    public void Retried()
    {
        Interlocked.Increment(ref _retryCount);
        _retries.Add(1);
    }

    public void FirstPart(TimeSpan after) => _firstPart.Record(after.TotalSeconds);

    public void TokensUsed(long tokens)
    {
        Interlocked.Add(ref _tokenCount, tokens);
        _tokens.Add(tokens);
    }

    public void ProxyFault()
    {
        Interlocked.Increment(ref _faultCount);
        _faults.Add(1);
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
