using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cocoon.Testing;

namespace Cocoon.Ton.Tests.Oracle;

/// <summary>The official JavaScript libraries in a child process; one question at a time.</summary>
public sealed class NodeOracle : IAsyncLifetime
{
    private readonly SemaphoreSlim _turn = new(1);
    private Process _node = null!;

    public async Task InitializeAsync()
    {
        var folder = NodeModules.Find("tests/oracle");
        await NodeModules.EnsureInstalledAsync(folder);
        _node = Process.Start(new ProcessStartInfo("node", [Path.Combine(folder, "oracle.mjs")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        }) ?? throw new InvalidOperationException("node did not start.");
    }

    public async Task<JsonNode> AskAsync(object question)
    {
        await _turn.WaitAsync();
        try
        {
            await _node.StandardInput.WriteLineAsync(JsonSerializer.Serialize(question));
            await _node.StandardInput.FlushAsync();
            var line = await _node.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The oracle ended.");
            var answer = JsonNode.Parse(line)!;
            return answer["result"] ?? throw new InvalidOperationException($"The oracle failed: {answer["error"]}");
        }
        finally
        {
            _turn.Release();
        }
    }

    public async Task DisposeAsync()
    {
        _node.StandardInput.Close();
        await _node.WaitForExitAsync();
        _node.Dispose();
        _turn.Dispose();
    }
}
