using System.Globalization;
using System.Text.Json;
using Cocoon.Ton.Cells;
using Microsoft.Extensions.Logging;

namespace Cocoon.Devnet.Executor;

/// <summary>
/// TON's official transaction emulator (npm <c>@ton/sandbox</c>, WebAssembly) in a Node process beside this one. The process starts
/// with the first request, is started again when it dies, and ends with this one. Requests run one at a time.
/// </summary>
public sealed partial class NodeSandboxExecutor : ITransactionExecutor
{
    private readonly NodeSandboxOptions _options;
    private readonly ILogger<NodeSandboxExecutor> _logger;
    private readonly SemaphoreSlim _turn = new(1);
    private NodeProcess? _process;
    private bool _disposed;

    /// <summary>Takes its options; starts nothing yet.</summary>
    public NodeSandboxExecutor(NodeSandboxOptions options, ILogger<NodeSandboxExecutor> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(logger);
        if (options.RequestTimeout < TimeSpan.FromSeconds(1) || options.RequestTimeout > TimeSpan.FromMinutes(10))
            throw new ArgumentException($"RequestTimeout is {options.RequestTimeout}; wanted 1 second to 10 minutes.", nameof(options));
        _options = options;
        _logger = logger;
    }

    /// <summary>The id of the Node process now running; null when there is none.</summary>
    public int? ProcessId => _process?.ProcessId;

    /// <inheritdoc/>
    public async Task<ExecutionResult> ExecuteAsync(ExecutionRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var answer = await CallAsync(
            writer =>
            {
                writer.WriteString("op", "transaction");
                writer.WriteBase64String("account", BagOfCells.Serialize(request.ShardAccount));
                writer.WriteBase64String("message", BagOfCells.Serialize(request.Message));
                writer.WriteNumber("now", request.UnixTime);
                writer.WriteString("lt", request.Lt.ToString(CultureInfo.InvariantCulture));
                writer.WriteString("seed", request.RandomSeed.ToString());
                writer.WriteBoolean("ignoreSignatures", request.IgnoreSignatures);
            },
            cancellationToken).ConfigureAwait(false);
        var root = answer.RootElement;
        if (root.TryGetProperty("rejection", out var rejection))
        {
            var exitCode = root.TryGetProperty("exitCode", out var code) && code.ValueKind == JsonValueKind.Number ? code.GetInt32() : (int?)null;
            return ExecutionResult.Rejected(rejection.GetString()!, exitCode);
        }
        return ExecutionResult.Executed(CellOf(root, "transaction"), CellOf(root, "account"));
    }

    /// <inheritdoc/>
    public async Task<GetMethodResult> RunGetMethodAsync(GetMethodRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var answer = await CallAsync(
            writer =>
            {
                writer.WriteString("op", "getMethod");
                writer.WriteBase64String("code", BagOfCells.Serialize(request.Code));
                writer.WriteBase64String("data", BagOfCells.Serialize(request.Data));
                writer.WriteString("address", request.Address.ToRaw());
                writer.WriteString("balance", request.Balance.NanoTon.ToString(CultureInfo.InvariantCulture));
                writer.WriteNumber("methodId", request.MethodId);
                writer.WriteBase64String("stack", BagOfCells.Serialize(StackCodec.Serialize(request.Stack)));
                writer.WriteNumber("now", request.UnixTime);
                writer.WriteString("seed", request.RandomSeed.ToString());
                writer.WriteString("gasLimit", request.GasLimit.ToString(CultureInfo.InvariantCulture));
            },
            cancellationToken).ConfigureAwait(false);
        var root = answer.RootElement;
        if (root.TryGetProperty("rejection", out var rejection))
            throw new ExecutorException($"The emulator could not run the get-method: {rejection.GetString()}");
        var gas = long.Parse(root.GetProperty("gasUsed").GetString()!, CultureInfo.InvariantCulture);
        return new GetMethodResult(root.GetProperty("exitCode").GetInt32(), gas, StackCodec.Deserialize(CellOf(root, "stack")));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            _disposed = true;
            await DropProcessAsync().ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    private static Cell CellOf(JsonElement answer, string name) => BagOfCells.Deserialize(answer.GetProperty(name).GetBytesFromBase64());

    // The caller's cancellation counts until its turn comes: an answer left unread would meet the next request.
    private async Task<JsonDocument> CallAsync(Action<Utf8JsonWriter> writeFields, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_process is null) await PrepareAsync(cancellationToken).ConfigureAwait(false);
            var answer = await CallProcessAsync(writeFields, retry: true).ConfigureAwait(false);
            if (!answer.RootElement.TryGetProperty("error", out var error)) return answer;
            var message = error.GetString();
            answer.Dispose();
            throw new ExecutorException($"The emulator failed: {message}");
        }
        finally
        {
            _turn.Release();
        }
    }

    private Task PrepareAsync(CancellationToken cancellationToken)
    {
        var folder = _options.ExecutorFolder;
        if (!File.Exists(Path.Combine(folder, NodeProcess.Script)))
            throw new ExecutorException(
                $"The devnet's executor is missing: '{folder}' has no {NodeProcess.Script}. Set ExecutorFolder to src/Cocoon.Devnet/Executor of a checkout.")
            {
                IsUnavailable = true,
            };
        return NpmPackages.EnsureAsync(folder, _options.NpmCommand, _logger, cancellationToken);
    }

    private async Task<JsonDocument> CallProcessAsync(Action<Utf8JsonWriter> writeFields, bool retry)
    {
        // A process outside this one runs in real time, whatever clock the chain runs on.
        using var limit = new CancellationTokenSource(_options.RequestTimeout);
        try
        {
            _process ??= await NodeProcess.StartAsync(_options, limit.Token).ConfigureAwait(false);
            return await _process.CallAsync(writeFields, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            var started = _process is not null;
            await DropProcessAsync().ConfigureAwait(false);
            throw new ExecutorException($"The executor did not answer within {_options.RequestTimeout.TotalSeconds} s and was stopped.", e)
            {
                IsUnavailable = !started,
            };
        }
        catch (IOException e)
        {
            var started = _process is not null;
            var story = await DropProcessAsync().ConfigureAwait(false);
            if (!retry) throw new ExecutorException($"The executor failed twice: {e.Message} ({story}).", e) { IsUnavailable = !started };
            LogRestarting(_logger, e.Message, story);
        }
        return await CallProcessAsync(writeFields, retry: false).ConfigureAwait(false);
    }

    private async Task<string> DropProcessAsync()
    {
        if (_process is not { } process) return "it did not start";
        _process = null;
        await process.DisposeAsync().ConfigureAwait(false);
        return process.LastWords;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The executor failed and is started again: {Reason} ({Story})")]
    private static partial void LogRestarting(ILogger logger, string reason, string story);
}
