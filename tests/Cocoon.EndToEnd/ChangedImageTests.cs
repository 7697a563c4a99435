using System.Net;
using Cocoon.EndToEnd.Harness;

namespace Cocoon.EndToEnd;

public sealed class ChangedImageTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cocoon-image-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Negative_a_worker_with_one_changed_byte_in_its_image_is_refused_by_the_register_that_differs_and_the_untouched_one_works()
    {
        var image = Path.Combine(_folder.FullName, "image");
        await File.WriteAllBytesAsync(image, [.. Enumerable.Range(0, 10_000).Select(value => (byte)value)]);
        await using var network = await FakeNetwork.StartAsync(workerImage: image);
        using var gateway = new GatewayCaller(network.Gateway);
        (await gateway.AskForTokensAsync()).ShouldBePositive();

        await network.StopAsync("worker");
        ChangeOneByte(image);
        network.Start("worker");

        // The file is the second of the image, so it extends the second register of those that a guest extends itself.
        foreach (var role in new[] { "proxy", "worker" })
        {
            await network.UntilLoggedAsync(role, "the registry lists 1 worker images, not this one; the nearest reference is 'worker': rtmr2 found ");
            network.Log(role).ShouldNotContain("rtmr1 found");
        }
        using (var response = await gateway.PostAsync(GatewayCaller.Chat, GatewayCaller.Question()))
        {
            response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            ((string?)(await GatewayCaller.ErrorAsync(response))["code"]).ShouldBe("no_worker");
        }

        await network.KillAsync("worker");
        ChangeOneByte(image);
        network.Start("worker");
        await network.UntilReadyAsync();
        (await gateway.AskForTokensAsync()).ShouldBePositive();
    }

    /// <summary>Done twice, it leaves the file as it was.</summary>
    private static void ChangeOneByte(string file)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[5_000] ^= 1;
        File.WriteAllBytes(file, bytes);
    }
}
