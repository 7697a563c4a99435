using System.Text.Json.Nodes;
using Cocoon.EndToEnd.Harness;

namespace Cocoon.EndToEnd;

public sealed class DemoTests
{
    [Fact]
    public async Task The_demo_reports_answers_evidence_and_money_that_adds_up_and_leaves_nothing_running()
    {
        await using var demo = RunningCommand.Start("demo", "--json");
        var result = await demo.EndAsync(TimeSpan.FromSeconds(300));
        await demo.Processes.AllGoneAsync();
        var report = result.Json();

        report["ok"]!.GetValue<bool>().ShouldBeTrue();
        report["problems"]!.AsArray().ShouldBeEmpty();
        var answers = report["answers"]!.AsArray();
        answers.Count.ShouldBeGreaterThanOrEqualTo(3);
        answers.ShouldAllBe(answer => Text(answer!["question"]).Length > 0 && Text(answer["text"]).Length > 0);
        answers.ShouldContain(answer => answer!["streamed"]!.GetValue<bool>() && answer["parts"]!.GetValue<int>() >= 5);

        var hops = report["hops"]!.AsArray();
        hops.ShouldAllBe(hop => Text(hop!["evidence"]) == "simulatedTdx" && hop["simulated"]!.GetValue<bool>());
        hops.Select(hop => (Text(hop!["peer"]), Text(hop["imageHash"]))).Distinct().Select(hop => hop.Item1).Order().ShouldBe(["proxy", "worker"]);
        var verified = hops.Select(hop => (Text(hop!["verifier"]), Text(hop["peer"]))).ToList();
        verified.ShouldContain(("client", "proxy"));
        verified.ShouldContain(("worker-1", "proxy"));
        verified.ShouldContain(("worker-2", "proxy"));
        verified.Count(hop => hop == ("proxy", "worker")).ShouldBe(2);

        var attestation = report["attestation"]!;
        (Text(attestation["worker"]).Length, Text(attestation["nonce"]).Length).ShouldBe((64, 64));
        attestation["failures"]!.AsArray().ShouldBeEmpty();
        Number(attestation["checks"]).ShouldBeGreaterThan(80);

        var tokens = report["tokens"]!;
        Number(tokens["clientCharged"]).ShouldBePositive();
        Number(tokens["workersPaid"]).ShouldBe(Number(tokens["clientCharged"]));
        var money = report["nanoTon"]!;
        Number(money["clientCharged"]).ShouldBe(Number(money["workersPaid"]) + Number(money["proxyEarned"]));
        Number(money["clientToppedUp"]).ShouldBe(Number(money["clientCharged"]) + Number(money["clientRefunded"]));
        Number(money["workersPaid"]).ShouldBePositive();
        Number(money["proxyEarned"]).ShouldBePositive();
        Number(money["gas"]).ShouldBePositive();

        var contracts = report["contracts"]!;
        foreach (var contract in contracts["workers"]!.AsArray().Append(contracts["proxy"]).Append(contracts["client"]))
        {
            Text(contract!["address"]).ShouldStartWith("0:");
            Text(contract["codeHash"]).Length.ShouldBe(64);
        }
        contracts["workers"]!.AsArray().Count.ShouldBe(2);
        report["transactions"]!.GetValue<int>().ShouldBeGreaterThan(5);
    }

    private static string Text(JsonNode? node) => node!.GetValue<string>();

    private static long Number(JsonNode? node) => node!.GetValue<long>();
}
