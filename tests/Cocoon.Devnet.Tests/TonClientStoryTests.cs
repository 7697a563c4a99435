using System.Diagnostics;
using Cocoon.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cocoon.Devnet.Tests;

/// <summary>TON's own JavaScript client, unchanged, against the devnet in real time.</summary>
public sealed class TonClientStoryTests
{
    [Fact]
    public async Task Official_JavaScript_client_lives_a_whole_story_on_the_devnet()
    {
        using var folder = new TempFolder();
        var oracle = NodeModules.Find("tests/oracle");
        await NodeModules.EnsureInstalledAsync(oracle);
        var options = new DevnetServerOptions { Folder = folder.Path, BlockInterval = TimeSpan.FromMilliseconds(50) };
        await using var server = await DevnetServer.StartAsync(options, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);

        var start = new ProcessStartInfo("node", ["devnet-story.mjs", server.BaseAddress.AbsoluteUri])
        {
            WorkingDirectory = oracle,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var story = Process.Start(start)!;
        var output = story.StandardOutput.ReadToEndAsync();
        var errors = story.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        try
        {
            await story.WaitForExitAsync(limit.Token);
        }
        finally
        {
            if (!story.HasExited) story.Kill();
        }

        story.ExitCode.ShouldBe(0, await errors);
        (await output).Trim().ShouldEndWith("ok");
    }
}
