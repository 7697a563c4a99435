using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cocoon.Cryptography;
using Cocoon.EndToEnd.Harness;

namespace Cocoon.EndToEnd;

/// <summary>A developer's way from an answer to the evidence behind it, with nothing but HTTP and <c>cocoon attest</c>.</summary>
[Collection(LocalNetworkCollection.Name)]
public sealed partial class AttestationReportTests(LocalNetworkFixture network) : IDisposable
{
    private readonly GatewayCaller _gateway = new(network.Gateway);
    private readonly string _folder = Directory.CreateTempSubdirectory("cocoon-report-").FullName;

    public void Dispose()
    {
        _gateway.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_worker_that_answered_proves_itself_for_the_callers_nonce()
    {
        foreach (var stream in new[] { false, true })
        {
            string worker;
            using (var answer = await _gateway.PostAsync(GatewayCaller.Chat, GatewayCaller.Question(stream, maxTokens: 4)))
            {
                var header = answer.Headers.GetValues("X-Cocoon-Evidence").ShouldHaveSingleItem();
                var parts = Header().Match(header);
                parts.Success.ShouldBeTrue(header);
                worker = parts.Groups["worker"].Value;
                (await answer.Content.ReadAsStringAsync()).ShouldNotBeEmpty();
            }
            var nonce = Bits256.Random();
            var file = await FetchAsync($"&nonce={nonce}&worker={worker}");
            var report = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
            ($"{report["nonce"]}", $"{report["nonce_chosen_by"]}", $"{report["worker"]!["key"]}").ShouldBe((nonce.ToString(), "caller", worker));
            report["worker"]!["image_listed"]!.GetValue<bool>().ShouldBeTrue();

            var result = await VerifyAsync(file, nonce, "--key", worker);
            result.Status.ShouldBe(0, result.Error + result.Output);
            result.Output.ShouldContain($"  ok      nonce: {nonce}");
            result.Output.ShouldContain($"  ok      answer's key: {worker}");
            result.Output.ShouldContain("  ok      worker report data: ");
            result.Output.ShouldContain("  ok      proxy report data: ");
        }
    }

    [Fact]
    public async Task A_report_of_another_nonce_or_with_anything_changed_in_it_fails()
    {
        var nonce = Bits256.Random();
        var file = await FetchAsync($"&nonce={nonce}");
        var other = await VerifyAsync(file, Bits256.Random());
        other.Status.ShouldBe(1, other.Error);
        other.Output.ShouldContain("  FAILED  nonce: ");

        var text = await File.ReadAllTextAsync(file);
        foreach (var (change, failed) in new (Action<JsonNode> Change, string Failed)[]
        {
            (report => report["nonce"] = Bits256.Random().ToString(), "worker report data"),
            (report => report["worker"]!["key"] = report["proxy"]!["key"]!.GetValue<string>(), "worker report data"),
            (report => report["worker"]!["image_hash"] = report["proxy"]!["image_hash"]!.GetValue<string>(), "worker image hash"),
            (report => Flip(report["worker"]!, "quote", 200), "worker quote signature"),
            (report => Flip(report["proxy"]!, "quote", 600), "proxy quote signature"),
            (report => report["worker"]!["evidence"] = "tdx", "worker collateral"),
            (report => report["proxy"]!["collateral"]!["tcb_info"] = $"{report["proxy"]!["collateral"]!["tcb_info"]} ", "proxy collateral"),
        })
        {
            var report = JsonNode.Parse(text)!;
            change(report);
            var changed = Path.Combine(_folder, "changed.json");
            await File.WriteAllTextAsync(changed, report.ToJsonString());
            var result = await VerifyAsync(changed, null);
            result.Status.ShouldBe(1, failed + result.Error);
            result.Output.ShouldContain($"  FAILED  {failed}: ");
        }
    }

    [Fact]
    public async Task Simulated_evidence_convinces_nobody_who_did_not_ask_for_it()
    {
        var file = await FetchAsync("");
        var result = await CocoonCommand.RunAsync("attest", "verify", file);
        result.Status.ShouldBe(1, result.Error);
        result.Output.ShouldContain("wanted Intel SGX Root CA");
        var shown = await CocoonCommand.RunAsync("attest", "show", file);
        shown.Status.ShouldBe(0, shown.Error);
        shown.Output.ShouldContain("chosen by the gateway");
    }

    private async Task<string> FetchAsync(string more)
    {
        using var response = await _gateway.GetAsync($"/v1/attestation/report?model={LocalNetworkFixture.Model}{more}");
        var text = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(200, text);
        var file = Path.Combine(_folder, "report.json");
        await File.WriteAllTextAsync(file, text);
        return file;
    }

    private static Task<CommandResult> VerifyAsync(string file, Bits256? nonce, params string[] more) =>
        CocoonCommand.RunAsync(["attest", "verify", file, "--simulated", .. nonce is { } wanted ? new[] { "--nonce", wanted.ToString() } : [], .. more]);

    private static void Flip(JsonNode part, string member, int at)
    {
        var bytes = Convert.FromBase64String(part[member]!.GetValue<string>());
        bytes[at] ^= 1;
        part[member] = Convert.ToBase64String(bytes);
    }

    [GeneratedRegex("^proxy;evidence=simulated_tdx;key=\"[0-9a-f]{64}\";image=\"[0-9a-f]{64}\", worker;evidence=simulated_tdx;key=\"(?<worker>[0-9a-f]{64})\";image=\"[0-9a-f]{64}\";quote=\"[0-9a-f]{64}\"$")]
    private static partial Regex Header();
}
