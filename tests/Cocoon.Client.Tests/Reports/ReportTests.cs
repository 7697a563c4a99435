using System.Text;
using Cocoon.Attestation;
using Cocoon.Attestation.Reports;
using Cocoon.Client.Reports;
using Cocoon.Client.Tests.Fakes;
using Cocoon.Cryptography;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;

namespace Cocoon.Client.Tests.Reports;

/// <summary>The attestation report of the gateway, with proxies that are honest and that are not.</summary>
public sealed class ReportTests
{
    private static readonly Bits256 Nonce = Bits256.Sha256("nonce"u8);
    private static readonly Bits256 Other = Bits256.Sha256("another"u8);

    // What a proxy can do instead of proving itself and its worker, and what the caller is told.
    private static readonly Dictionary<string, (Action<FakeProxy> Play, int Status, string Code, string Part)> Hostile = new()
    {
        ["the proxy's evidence is for another nonce"] =
            (proxy => proxy.Prove = _ => Task.FromResult(FakeProxy.For(proxy.Key.PublicKey, Other)), 502, "evidence_refused", "The proxy's evidence for this nonce was refused: word check"),
        ["the proxy's evidence is for another key"] =
            (proxy => proxy.Prove = nonce => Task.FromResult(FakeProxy.For(FakeProxy.WorkerKey, nonce)), 502, "evidence_refused", "The proxy's evidence"),
        ["the proxy's evidence is too large"] =
            (proxy => proxy.Prove = _ => Task.FromResult(new AttestationEvidence(new byte[32769], [])), 502, "evidence_refused", "quote size check: found 32769 bytes"),
        ["the proxy shows too many GPUs"] =
            (proxy => proxy.Prove = _ => Task.FromResult(new AttestationEvidence(default, [.. Enumerable.Repeat(new AttestationGpu(default, []), 65)])), 502, "evidence_refused", "GPU count check"),
        ["the proxy refuses"] =
            (proxy => proxy.Prove = _ => throw new SessionQueryException(ErrorCodes.Error, "no"), 502, "upstream_error", "no"),
        ["the worker's evidence is for another nonce"] =
            (proxy => proxy.ProveWorker = _ => Worker(FakeProxy.WorkerKey.Bits, FakeProxy.For(FakeProxy.WorkerKey, Other)), 502, "evidence_refused", "The worker's evidence"),
        ["the worker's evidence is for another key than it says"] =
            (proxy => proxy.ProveWorker = asked => Worker(Other, FakeProxy.For(FakeProxy.WorkerKey, asked.Nonce)), 502, "evidence_refused", "key check: found"),
        ["the worker's evidence is too large"] =
            (proxy => proxy.ProveWorker = _ => Worker(FakeProxy.WorkerKey.Bits, new(new byte[32769], [])), 502, "evidence_refused", "quote size check"),
        ["another worker is shown"] =
            (proxy => proxy.ProveWorker = asked => Worker(Other, FakeProxy.For(new Ed25519PublicKey(Other), asked.Nonce)), 502, "evidence_refused", "key check: found"),
        ["the model is unknown"] =
            (proxy => proxy.ProveWorker = _ => throw new SessionQueryException(ErrorCodes.ProtocolViolation, "unknown model 'm'"), 404, "model_not_found", "Models: listed"),
        ["there is no worker"] =
            (proxy => proxy.ProveWorker = _ => throw new SessionQueryException(ErrorCodes.NotReady, "no ready workers"), 503, "no_worker", "no ready workers"),
        ["the worker is too slow"] =
            (proxy => proxy.ProveWorker = _ => throw new SessionQueryException(ErrorCodes.Timeout, "20 seconds"), 504, "timeout", "20 seconds"),
        ["the worker is lost"] =
            (proxy => proxy.ProveWorker = _ => throw new SessionQueryException(ErrorCodes.Failure, "the connection to the worker was lost"), 502, "upstream_error", "lost"),
    };

    public static TheoryData<string> HostileNames => [.. Hostile.Keys];

    [Fact]
    public async Task A_report_has_the_evidence_of_proxy_and_worker_for_the_callers_nonce()
    {
        await using var bench = new ClientBench();
        await StartAsync(bench);
        var report = await ReportAsync(bench, $"&nonce={Nonce}&worker={FakeProxy.WorkerKey}");
        (report.Model, report.Nonce, report.IsNonceOfCaller, report.RegistryVersion).ShouldBe(("m", Nonce, true, 3u));
        (report.Time - bench.Time.GetUtcNow()).Duration().ShouldBeLessThan(TimeSpan.FromSeconds(1));
        foreach (var (part, role, key) in new[] { (report.Proxy, "proxy", bench.Pool.Sessions[0].Evidence!.PublicKey), (report.Worker, "worker", FakeProxy.WorkerKey) })
        {
            (part.Role, part.Key, part.Kind, part.Policy).ShouldBe((role, key, EvidenceKind.FakeTdx, bench.Options.PeerPolicy));
            (part.ImageHash, part.IsListed).ShouldBe((ClientBench.Image, true));
            part.Shown.Quote.ToArray().ShouldBe(Cocoon.Node.Tests.Fakes.FakeExchange.For(key, Nonce));
            part.Basis.Checks.ShouldHaveSingleItem().Name.ShouldBe("word");
        }
    }

    [Fact]
    public async Task Without_a_nonce_one_is_made_and_the_report_says_so()
    {
        await using var bench = new ClientBench();
        await StartAsync(bench);
        var (first, second) = (await ReportAsync(bench), await ReportAsync(bench));
        first.IsNonceOfCaller.ShouldBeFalse();
        second.Nonce.ShouldNotBe(first.Nonce);
    }

    [Theory]
    [MemberData(nameof(HostileNames))]
    public async Task Evidence_that_is_not_what_was_asked_for_makes_no_report(string what)
    {
        await using var bench = new ClientBench();
        var (play, status, code, part) = Hostile[what];
        await StartAsync(bench, proxy =>
        {
            proxy.Models.Add(new ClientWorkerTypeV2("listed", []));
            play(proxy);
        });
        using var response = await GetAsync(bench, $"&nonce={Nonce}&worker={FakeProxy.WorkerKey}");
        (await ClientBench.ErrorAsync(response, status, code)).ShouldContain(part);
        (response.Headers.RetryAfter is not null).ShouldBe(status == 503);
        // The session goes on: it proves itself when it is honest again.
        bench.Pool.Sessions.ShouldHaveSingleItem().State.ShouldBe(Client.Proxies.ProxySessionState.Ready);
    }

    [Theory]
    [InlineData("", "no_fresh_evidence", 2)]
    [InlineData("", "no_fresh_evidence", 0)]
    public async Task Without_a_proxy_of_version_3_there_is_no_report(string more, string code, int version)
    {
        await using var bench = new ClientBench();
        await StartAsync(bench, proxy => proxy.ProtocolVersion = version);
        using var response = await GetAsync(bench, more);
        (await ClientBench.ErrorAsync(response, 503, code)).ShouldStartWith("None of 1 connected proxies can show evidence for a nonce");
    }

    [Fact]
    public async Task Without_a_proxy_at_all_there_is_no_report()
    {
        await using var bench = new ClientBench(options => options.ProxyWaitSeconds = 0);
        await bench.StartGatewayAsync();
        using var response = await GetAsync(bench);
        await ClientBench.ErrorAsync(response, 503, "no_proxy");
    }

    [Fact]
    public async Task Another_proxy_is_asked_when_the_first_has_no_such_worker()
    {
        await using var bench = new ClientBench();
        await StartAsync(bench, proxy => proxy.ProveWorker = _ => throw new SessionQueryException(ErrorCodes.NotReady, "no worker has the key"));
        var second = bench.NewProxy();
        second.ProtocolVersion = ProtocolVersions.FreshEvidence;
        await bench.ConnectAsync(second, seqno: 2);
        await bench.ReadyAsync(2);
        (await ReportAsync(bench, $"&worker={FakeProxy.WorkerKey}")).Worker.Key.ShouldBe(FakeProxy.WorkerKey);
    }

    [Theory]
    [InlineData("", "model")]
    [InlineData("?model=", "model")]
    [InlineData("?model=m&nonce=12", "nonce")]
    [InlineData("?model=m&nonce=", "nonce")]
    [InlineData("?model=m&worker=zz", "worker")]
    [InlineData("?model=m&model=n", "model")]
    [InlineData("?model=m&nonse=12", "nonse")]
    public async Task A_question_that_is_wrong_is_told_with_its_parameter(string query, string part)
    {
        await using var bench = new ClientBench();
        await bench.StartGatewayAsync();
        using var response = await bench.Http.GetAsync("/v1/attestation/report" + query);
        (await ClientBench.ErrorAsync(response, 400, "invalid_value")).ShouldContain($"'{part}'");
    }

    [Fact]
    public async Task A_report_needs_the_gateways_key()
    {
        await using var bench = new ClientBench(options => options.GatewayApiKey = "k");
        await StartAsync(bench);
        using var response = await GetAsync(bench);
        await ClientBench.ErrorAsync(response, 401, "invalid_api_key");
    }

    [Fact]
    public async Task An_image_that_the_registry_does_not_list_is_refused_unless_that_is_off()
    {
        foreach (var check in new[] { true, false })
        {
            await using var bench = new ClientBench(options => options.CheckProxyHashes = check);
            bench.Registry = bench.Registry with { WorkerImageHashes = [Other] };
            await StartAsync(bench);
            if (!check)
            {
                var report = await ReportAsync(bench);
                (report.Proxy.IsListed, report.Worker.IsListed).ShouldBe((true, false));
                continue;
            }
            using var response = await GetAsync(bench);
            (await ClientBench.ErrorAsync(response, 502, "evidence_refused")).ShouldContain("worker images that registry version 3 lists");
        }
    }

    [Fact]
    public async Task A_proxy_that_runs_another_image_than_its_connection_showed_is_refused()
    {
        await using var bench = new ClientBench();
        bench.Registry = bench.Registry with { ProxyImageHashes = [ClientBench.Image, Other], WorkerImageHashes = [Other] };
        await StartAsync(bench);
        bench.Exchange!.Image = Other;
        using var response = await GetAsync(bench);
        (await ClientBench.ErrorAsync(response, 502, "evidence_refused")).ShouldContain("wanted that of its connection");
    }

    [Fact]
    public async Task Negative_a_proxy_shown_as_its_own_worker_makes_no_report()
    {
        await using var bench = new ClientBench();
        await StartAsync(bench, proxy => proxy.ProveWorker = asked => Worker(proxy.Key.PublicKey.Bits, FakeProxy.For(proxy.Key.PublicKey, asked.Nonce)));
        using var response = await GetAsync(bench);
        (await ClientBench.ErrorAsync(response, 502, "evidence_refused")).ShouldContain("the proxy's own, wanted another machine's");
    }

    [Fact]
    public async Task A_report_names_the_policy_file_and_not_where_it_lies()
    {
        await using var bench = new ClientBench(options => options.PeerPolicy = "/home/operator/policy.json");
        await StartAsync(bench);
        var report = await ReportAsync(bench);
        (report.Proxy.Policy, report.Worker.Policy).ShouldBe(("policy.json", "policy.json"));
    }

    [Fact]
    public async Task A_policy_that_asks_for_no_evidence_makes_a_report_that_says_so()
    {
        await using var bench = new ClientBench(options => options.CheckProxyHashes = false);
        bench.Exchange!.Image = null;
        await bench.StartGatewayAsync();
        var proxy = bench.NewProxy();
        proxy.ProtocolVersion = ProtocolVersions.FreshEvidence;
        await bench.ConnectAsync(proxy, PeerEvidence.Unattested(proxy.Key.PublicKey));
        await bench.ReadyAsync();
        using var response = await GetAsync(bench);
        var text = await response.Content.ReadAsStringAsync();
        text.ShouldContain("\"evidence\": \"none\"");
        text.ShouldNotContain("quote");
        var report = AttestationReport.Parse(Encoding.UTF8.GetBytes(text));
        (report.Proxy.Kind, report.Worker.Kind).ShouldBe((EvidenceKind.None, EvidenceKind.None));
    }

    [Fact]
    public async Task Reports_are_made_one_by_one_and_only_some_may_wait()
    {
        await using var bench = new ClientBench();
        var hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (running, most) = (0, 0);
        await StartAsync(bench, proxy => proxy.ProveWorker = async asked =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            await hold.Task;
            Interlocked.Decrement(ref running);
            return await Worker(FakeProxy.WorkerKey.Bits, FakeProxy.For(FakeProxy.WorkerKey, asked.Nonce));
        });
        // All but the one too many wait, whichever it is; its refusal is the first answer of all.
        var asking = Enumerable.Range(0, ReportDesk.MaxReports + 1).Select(_ => GetAsync(bench)).ToList();
        var first = await Task.WhenAny(asking).WaitAsync(ClientBench.Guard);
        asking.Remove(first);
        using (var refused = await first) await ClientBench.ErrorAsync(refused, 503, "overloaded");
        hold.SetResult();
        foreach (var made in asking)
        {
            using var response = await made;
            ((int)response.StatusCode).ShouldBe(200);
        }
        most.ShouldBe(1);
    }

    [Fact]
    public async Task A_proxy_that_never_answers_costs_its_report_and_no_other()
    {
        await using var bench = new ClientBench();
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var proxy = await StartAsync(bench, proxy => proxy.ProveWorker = async _ =>
        {
            asked.TrySetResult();
            await Task.Delay(Timeout.Infinite);
            return null!;
        });
        var asking = GetAsync(bench);
        await asked.Task.WaitAsync(ClientBench.Guard);
        // It gives signs of life all the while, or the session would end and not the wait.
        for (var passed = 0; passed < 55; passed += 5)
        {
            bench.Time.Advance(TimeSpan.FromSeconds(5));
            await Should.ThrowAsync<SessionQueryException>(proxy.Session.QueryAsync(new ClientUpdatePaymentStatus(), ClientBench.Guard, default));
        }
        using (var response = await asking) await ClientBench.ErrorAsync(response, 504, "timeout");
        proxy.ProveWorker = null;
        (await ReportAsync(bench)).Worker.Key.ShouldBe(FakeProxy.WorkerKey);
    }

    private static Task<ClientWorkerEvidence> Worker(Bits256 key, AttestationEvidence evidence) => Task.FromResult(new ClientWorkerEvidence(key, evidence));

    private static Task<FakeProxy> StartAsync(ClientBench bench, Action<FakeProxy>? configure = null) => bench.StartAsync(proxy =>
    {
        proxy.ProtocolVersion = ProtocolVersions.FreshEvidence;
        configure?.Invoke(proxy);
    });

    private static Task<HttpResponseMessage> GetAsync(ClientBench bench, string more = "") => bench.Http.GetAsync("/v1/attestation/report?model=m" + more);

    private static async Task<AttestationReport> ReportAsync(ClientBench bench, string more = "")
    {
        using var response = await GetAsync(bench, more);
        var body = await response.Content.ReadAsByteArrayAsync();
        ((int)response.StatusCode).ShouldBe(200, Encoding.UTF8.GetString(body));
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
        return AttestationReport.Parse(body);
    }
}
