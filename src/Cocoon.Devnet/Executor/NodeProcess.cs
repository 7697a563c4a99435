using System.Buffers;
using System.ComponentModel;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;

namespace Cocoon.Devnet.Executor;

/// <summary>One running Node process that answers one line with one line. Not for concurrent use.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    public const string Script = "executor.mjs";

    private const int MaxLineBytes = 32 * 1024 * 1024;
    private const int MaxErrorChars = 4096;
    private static readonly TimeSpan ExitTimeout = TimeSpan.FromSeconds(2);

    private readonly Process _process;
    private readonly PipeReader _answers;
    private readonly StringBuilder _errors = new();
    private readonly Task _errorReader;
    private long _lastId;

    private NodeProcess(Process process)
    {
        _process = process;
        _answers = PipeReader.Create(process.StandardOutput.BaseStream);
        _errorReader = ReadErrorsAsync();
    }

    public int ProcessId => _process.Id;

    public static async Task<NodeProcess> StartAsync(NodeSandboxOptions options, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(options.NodeCommand, [Script])
        {
            WorkingDirectory = options.ExecutorFolder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        NodeProcess started;
        try
        {
            started = new NodeProcess(Process.Start(start)!);
        }
        catch (Win32Exception e)
        {
            throw new ExecutorException(
                $"'{options.NodeCommand}' could not be started ({e.Message}). The devnet needs Node.js 20 or newer: install it, or put it into PATH.", e)
            {
                IsUnavailable = true,
            };
        }
        try
        {
            using var hello = await started.ReadLineAsync(cancellationToken).ConfigureAwait(false);
            if (!hello.RootElement.TryGetProperty("ready", out _)) throw new IOException("the first line did not announce readiness");
            return started;
        }
        catch (IOException e)
        {
            await started.DisposeAsync().ConfigureAwait(false);
            throw new IOException($"{e.Message} while starting: {started.LastWords}", e);
        }
        catch (OperationCanceledException)
        {
            await started.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <exception cref="IOException">The process died or broke the protocol; it is of no more use.</exception>
    public async Task<JsonDocument> CallAsync(Action<Utf8JsonWriter> writeFields, CancellationToken cancellationToken)
    {
        var id = ++_lastId;
        var request = new ArrayBufferWriter<byte>(4096);
        using (var writer = new Utf8JsonWriter(request))
        {
            writer.WriteStartObject();
            writer.WriteNumber("id", id);
            writeFields(writer);
            writer.WriteEndObject();
        }
        if (request.WrittenCount > MaxLineBytes)
            throw new ExecutorException($"A request to the executor takes {request.WrittenCount} bytes, more than {MaxLineBytes}.");
        request.Write("\n"u8);
        var input = _process.StandardInput.BaseStream;
        await input.WriteAsync(request.WrittenMemory, cancellationToken).ConfigureAwait(false);
        await input.FlushAsync(cancellationToken).ConfigureAwait(false);
        var answer = await ReadLineAsync(cancellationToken).ConfigureAwait(false);
        if (answer.RootElement.TryGetProperty("id", out var answered) && answered.TryGetInt64(out var value) && value == id) return answer;
        answer.Dispose();
        throw new IOException($"expected the answer to request {id}, found another");
    }

    /// <summary>How the process ended and what it wrote to its standard error last. Complete once disposed.</summary>
    public string LastWords { get; private set; } = "still running";

    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The process is gone already.
        }
        try
        {
            using var limit = new CancellationTokenSource(ExitTimeout);
            await _process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync().ConfigureAwait(false);
        }
        await _errorReader.ConfigureAwait(false);
        await _answers.CompleteAsync().ConfigureAwait(false);
        var errors = _errors.ToString().Trim();
        LastWords = errors.Length == 0 ? $"exit code {_process.ExitCode}" : $"exit code {_process.ExitCode}; it said: {errors}";
        _process.Dispose();
    }

    private async Task<JsonDocument> ReadLineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await _answers.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = read.Buffer.Slice(0, end).ToArray();
                _answers.AdvanceTo(read.Buffer.GetPosition(1, end));
                try
                {
                    return JsonDocument.Parse(line);
                }
                catch (JsonException e)
                {
                    throw new IOException("it wrote a line that is not JSON", e);
                }
            }
            if (read.IsCompleted) throw new IOException("it ended");
            if (read.Buffer.Length > MaxLineBytes) throw new IOException($"it wrote a line longer than {MaxLineBytes} bytes");
            _answers.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private async Task ReadErrorsAsync()
    {
        var buffer = new char[1024];
        int count;
        while ((count = await _process.StandardError.ReadAsync(buffer).ConfigureAwait(false)) > 0)
        {
            _errors.Append(buffer, 0, count);
            if (_errors.Length > MaxErrorChars) _errors.Remove(0, _errors.Length - MaxErrorChars);
        }
    }
}
