using Cocoon.Cryptography;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;
using Cocoon.Proxy.Sessions;

namespace Cocoon.Proxy.Tests.Sessions;

/// <summary>What a proxy passes on of its workers' evidence, and what it says of the worker that answers.</summary>
public sealed class WorkerProofTests
{
    private const string Heading = "A worker's evidence for a nonce";
    private const int First = 10;
    private const int Second = 11;

    private static readonly Bits256 Nonce = Bits256.Sha256("nonce"u8);

    // Each gets the proxy and the client's query under way, and the worker as far as it was let in.
    private static readonly Dictionary<string, Func<TestProxy, RawPeer, Task>> Behaviours = new()
    {
        ["it proves itself"] = async (_, worker) => await ProveAsync(worker),
        ["it refuses"] = async (_, worker) => await worker.SendPacketAsync(new TcpQueryError(await AskedAsync(worker), ErrorCodes.Error, "no")),
        ["it answers something else"] = async (_, worker) =>
            await worker.SendPacketAsync(new TcpQueryAnswer(await AskedAsync(worker), TlSerializer.Serialize(new WorkerEnabledDisabled(1)))),
        ["it shows too much"] = async (_, worker) => await worker.SendPacketAsync(
            new TcpQueryAnswer(await AskedAsync(worker), TlSerializer.Serialize(new AttestationEvidence(new byte[32769], [])))),
        ["it says nothing for 50 seconds"] = async (proxy, worker) =>
        {
            await AskedAsync(worker);
            proxy.Time.Advance(TimeSpan.FromSeconds(50));
        },
        ["it leaves"] = async (_, worker) =>
        {
            await AskedAsync(worker);
            await worker.EndAsync();
        },
    };

    // What is settled before any worker is asked.
    private static readonly Dictionary<string, (int? Version, bool Enabled, string Model, Bits256 Other)> Situations = new()
    {
        ["the model is unknown"] = (3, true, "another", default),
        ["no worker has the key"] = (3, true, TestProxy.Model, Bits256.Sha256("nobody"u8)),
        ["it speaks version 2"] = (2, true, TestProxy.Model, default),
        ["it takes no requests"] = (3, false, TestProxy.Model, default),
    };

    public static TheoryData<string, string, string> Cells => ProxyTable.Read(Heading);

    [Fact]
    public void Every_row_has_its_test() => Behaviours.Keys.Concat(Situations.Keys).ShouldCover(Heading);

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task The_client_is_answered_as_documented(string what, string wanted, string outcome)
    {
        await using var proxy = await TestProxy.StartAsync();
        var situation = Situations.GetValueOrDefault(what, (3, true, TestProxy.Model, default));
        await using var worker = await RawPeer.WorkerAsync(proxy, number: First, newest: situation.Version);
        if (!situation.Enabled)
        {
            await worker.SendAsync(new WorkerEnabledDisabled(1));
            await Some.UntilAsync(() => !proxy.Worker(worker.Owner).Enabled);
        }
        await using var client = await RawPeer.ClientAsync(proxy, newest: 3);
        var key = wanted == "any worker" ? default : situation.Other == default ? RawPeer.KeyOf(First).Bits : situation.Other;
        var asking = client.ExchangeAsync(client.Query(new ClientGetWorkerEvidence(situation.Model, key, Nonce)));
        var plays = Behaviours.GetValueOrDefault(what, outcome == "answer" ? Behaviours["it proves itself"] : (_, _) => Task.CompletedTask);
        await plays(proxy, worker);

        var reply = await asking;
        (reply is TcpQueryError error ? $"{error.Code}" : "answer").ShouldBe(outcome, (reply as TcpQueryError)?.Message);
        if (reply is TcpQueryAnswer answer)
        {
            var found = TlSerializer.Deserialize<ClientWorkerEvidence>(answer.Data);
            found.WorkerKey.ShouldBe(RawPeer.KeyOf(First).Bits);
            found.Evidence.Quote.ToArray().ShouldBe([.. FakeExchange.Good, .. Nonce.ToArray()]);
        }
        // Whatever came of it, the connection stands and the next is asked.
        if (what == "it leaves")
            return;
        var next = await client.ExchangeAsync(client.Query(new ClientGetWorkerEvidence("another", default, Nonce)));
        next.ShouldBeOfType<TcpQueryError>().Code.ShouldBe(ErrorCodes.ProtocolViolation);
    }

    [Fact]
    public async Task One_query_at_a_time_is_passed_on_for_a_connection_and_requests_go_on_meanwhile()
    {
        await using var scene = await Scene.StartAsync(newest: 3);
        var (client, worker) = (scene.Client, scene.Worker);
        var first = client.ExchangeAsync(client.Query(new ClientGetWorkerEvidence(TestProxy.Model, default, Nonce)));
        var asked = await AskedAsync(worker);
        var second = await client.RefusedAsync(new ClientGetWorkerEvidence(TestProxy.Model, default, Nonce));
        (second.Code, second.Message).ShouldBe((ErrorCodes.NotReady, "a worker is being asked for evidence on this connection already; wait for its answer"));
        // Another connection may ask, and waits until the worker is done.
        await using var other = await RawPeer.ClientAsync(scene.Proxy, number: 2, newest: 3);
        var third = other.ExchangeAsync(other.Query(new ClientGetWorkerEvidence(TestProxy.Model, default, Nonce)));

        var id = await scene.AskAsync();
        await worker.SendAsync(new ProxyQueryAnswerEx(id, Scene.Head(), Scene.Final(10)));
        await client.Inbox.NextAsync<ClientAnswerEvidence>();
        (await client.Inbox.NextAsync<ClientQueryAnswerEx>()).FinalInfo.ShouldNotBeNull();
        first.IsCompleted.ShouldBeFalse();

        await AnswerAsync(worker, asked);
        (await first).ShouldBeOfType<TcpQueryAnswer>();
        await ProveAsync(worker);
        (await third).ShouldBeOfType<TcpQueryAnswer>();
        var again = client.ExchangeAsync(client.Query(new ClientGetWorkerEvidence(TestProxy.Model, default, Nonce)));
        await ProveAsync(worker);
        (await again).ShouldBeOfType<TcpQueryAnswer>();
    }

    [Fact]
    public async Task The_named_worker_is_asked_and_no_other()
    {
        await using var proxy = await TestProxy.StartAsync();
        await using var first = await RawPeer.WorkerAsync(proxy, number: First, newest: 3);
        await using var second = await RawPeer.WorkerAsync(proxy, number: Second, newest: 3);
        await using var client = await RawPeer.ClientAsync(proxy, newest: 3);
        foreach (var (worker, number) in new[] { (first, First), (second, Second), (first, First) })
        {
            var asking = client.AskAsync(new ClientGetWorkerEvidence(TestProxy.Model, RawPeer.KeyOf(number).Bits, Nonce));
            await ProveAsync(worker);
            (await asking).WorkerKey.ShouldBe(RawPeer.KeyOf(number).Bits);
        }
        first.Asked.IsEmpty.ShouldBeTrue();
        second.Asked.IsEmpty.ShouldBeTrue();
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Ahead_of_an_answer_clients_of_version_3_are_told_of_its_worker_and_others_are_not(int version)
    {
        await using var scene = await Scene.StartAsync(newest: version);
        var request = Scene.Request();
        var id = await scene.AskAsync(request);
        await scene.Worker.SendAsync(new ProxyQueryAnswerEx(id, Scene.Head(), null));
        if (version >= ProtocolVersions.FreshEvidence)
        {
            (await scene.Client.Inbox.NextAsync<ClientAnswerEvidence>()).ShouldBe(new ClientAnswerEvidence(
                request.RequestId, RawPeer.KeyOf(First).Bits, "fake_tdx", TestProxy.WorkerImage, Bits256.Sha256(FakeExchange.Good)));
        }
        await scene.Client.Inbox.NextAsync<ClientQueryAnswerEx>();
        // Once for an answer, not for each part of it.
        await scene.Worker.SendAsync(new ProxyQueryAnswerPartEx(id, "a"u8.ToArray(), null));
        await scene.Worker.SendAsync(new ProxyQueryAnswerPartEx(id, default, Scene.Final(10)));
        await scene.Client.Inbox.NextAsync<ClientQueryAnswerPartEx>();
        await scene.Client.Inbox.NextAsync<ClientQueryAnswerPartEx>();
    }

    [Fact]
    public async Task An_answer_after_a_retry_names_the_worker_that_gave_it()
    {
        await using var proxy = await TestProxy.StartAsync();
        await using var dear = await RawPeer.WorkerAsync(proxy, number: Second, newest: 3);
        await using var client = await RawPeer.ClientAsync(proxy, newest: 3);
        await dear.SendAsync(new WorkerEnabledDisabled(1));
        await Some.UntilAsync(() => !proxy.Worker(dear.Owner).Enabled);
        await using var failing = await RawPeer.WorkerAsync(proxy, number: First, newest: 3);
        await client.SendAsync(Scene.Request());
        var asked = await failing.Inbox.NextAsync<ProxyRunQueryEx>();
        await dear.SendAsync(new WorkerEnabledDisabled(0));
        await Some.UntilAsync(() => proxy.Worker(dear.Owner).Enabled);
        await failing.SendAsync(new ProxyQueryAnswerErrorEx(asked.RequestId, ErrorCodes.Failure, "broken", null));
        var again = await dear.Inbox.NextAsync<ProxyRunQueryEx>();
        await dear.SendAsync(new ProxyQueryAnswerEx(again.RequestId, Scene.Head(), Scene.Final(1)));
        (await client.Inbox.NextAsync<ClientAnswerEvidence>()).WorkerKey.ShouldBe(RawPeer.KeyOf(Second).Bits);
        await client.Inbox.NextAsync<ClientQueryAnswerEx>();
    }

    private static async Task<long> AskedAsync(RawPeer worker)
    {
        var query = await worker.Asked.NextAsync<TcpQuery>();
        TlSerializer.Deserialize<AttestationProve>(query.Data).Nonce.ShouldBe(Nonce);
        return query.Id;
    }

    private static async Task ProveAsync(RawPeer worker) => await AnswerAsync(worker, await AskedAsync(worker));

    private static Task AnswerAsync(RawPeer worker, long query) => worker.SendPacketAsync(new TcpQueryAnswer(
        query, TlSerializer.Serialize(new AttestationEvidence((byte[])[.. FakeExchange.Good, .. Nonce.ToArray()], []))));
}
