using Cocoon.Client.Gateway;
using Cocoon.Client.Tests.Fakes;
using Cocoon.Cryptography;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;

namespace Cocoon.Client.Tests.Gateway;

/// <summary>The header that names the evidence which an answer came under.</summary>
public sealed class EvidenceHeaderTests
{
    private static readonly Bits256 Key = Bits256.Sha256("worker"u8);
    private static readonly Bits256 Quote = Bits256.Sha256("quote"u8);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_names_the_proxy_and_the_worker_behind_it(bool stream)
    {
        await using var bench = new ClientBench();
        var proxy = await StartAsync(bench);
        var answering = bench.ChatAsync(stream ? ""","stream":true""" : "");
        var id = (await proxy.NextAsync()).RequestId;
        await proxy.SendAsync(Says(id, Key));
        // Only what comes first and ahead of the answer counts.
        await proxy.SendAsync(Says(id, Bits256.Sha256("second"u8)));
        await proxy.StartAsync(id, 200, "OK", stream ? "text/event-stream" : "application/json", stream ? "" : "{}", stream ? null : FakeProxy.Final(1), new HttpHeader(GatewayHeaders.Evidence, "a lie"));
        if (stream)
        {
            await proxy.SendAsync(Says(id, Bits256.Sha256("late"u8)));
            await proxy.PartAsync(id, "data: 1\n\n", FakeProxy.Final(1));
        }
        using var response = await answering;
        Header(response).ShouldBe(
            $"proxy;evidence=fake_tdx;key=\"{proxy.Key.PublicKey}\";image=\"{ClientBench.Image}\", worker;evidence=tdx;key=\"{Key}\";image=\"{ClientBench.Image}\";quote=\"{Quote}\"");
        await response.Content.ReadAsStringAsync();
        bench.Metrics.ProxyFaults.ShouldBe(0);
    }

    [Fact]
    public async Task After_another_attempt_the_header_names_the_worker_that_answered()
    {
        await using var bench = new ClientBench();
        var proxy = await StartAsync(bench);
        var another = bench.NewProxy();
        another.ProtocolVersion = 3;
        await bench.ConnectAsync(another, seqno: 2);
        await bench.ReadyAsync(2);
        var answering = bench.ChatAsync();
        var first = (await proxy.NextAsync()).RequestId;
        await proxy.SendAsync(Says(first, Bits256.Sha256("failed"u8)));
        await proxy.SendAsync(new ClientQueryAnswerErrorEx(first, ErrorCodes.NotReady, "no ready workers", FakeProxy.Final(0)));
        var second = (await another.NextAsync()).RequestId;
        await another.SendAsync(Says(second, Key));
        await another.StartAsync(second, 200, "OK", "application/json", "{}", FakeProxy.Final(1));
        using var response = await answering;
        Header(response).ShouldContain($"worker;evidence=tdx;key=\"{Key}\"");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_proxy_below_version_3_is_named_alone(int version)
    {
        await using var bench = new ClientBench();
        var proxy = await StartAsync(bench, version);
        var answering = bench.ChatAsync();
        var id = await proxy.NextObjectAsync() switch { ClientRunQuery old => old.RequestId, ClientRunQueryEx ex => ex.RequestId, var other => throw new InvalidOperationException($"{other}") };
        await proxy.SendAsync(new ClientQueryAnswer(FakeProxy.Response(200, "OK", "application/json", "{}"), true, id, FakeProxy.Tokens(1)));
        using var response = await answering;
        Header(response).ShouldBe($"proxy;evidence=fake_tdx;key=\"{proxy.Key.PublicKey}\";image=\"{ClientBench.Image}\"");
    }

    [Theory]
    [InlineData("")]
    [InlineData("TDX")]
    [InlineData("tdx\r\nSet-Cookie: a=b")]
    [InlineData("tdx, proxy;evidence=tdx")]
    public async Task Words_of_the_proxy_that_are_no_kind_of_evidence_reach_no_header(string kind)
    {
        await using var bench = new ClientBench();
        var proxy = await StartAsync(bench);
        var answering = bench.ChatAsync();
        var id = (await proxy.NextAsync()).RequestId;
        await proxy.SendAsync(Says(id, Key) with { Evidence = kind });
        await proxy.StartAsync(id, 200, "OK", "application/json", "{}", FakeProxy.Final(1));
        using var response = await answering;
        Header(response).ShouldNotContain("worker");
    }

    private static ClientAnswerEvidence Says(Bits256 request, Bits256 key) => new(request, key, "tdx", ClientBench.Image, Quote);

    private static string Header(HttpResponseMessage response) => response.Headers.GetValues(GatewayHeaders.Evidence).ShouldHaveSingleItem();

    private static Task<FakeProxy> StartAsync(ClientBench bench, int version = 3) => bench.StartAsync(proxy => proxy.ProtocolVersion = version);
}
