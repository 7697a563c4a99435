using System.Net;
using System.Text;
using System.Text.Json;
using Cocoon.Cryptography;
using Cocoon.Testing;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Cocoon.Ton.TonCenter;

namespace Cocoon.Ton.Tests.Chain;

public sealed class TonCenterClientTests
{
    private static readonly TonAddress Address = new(0, new Dice(4).Bits256());
    private static readonly string Hash = Convert.ToBase64String(new Dice(5).Bytes(32));
    private readonly ManualTimeProvider _time = new();
    private readonly FakeServer _server = new();

    [Fact]
    public async Task An_account_is_read()
    {
        var code = new CellBuilder().StoreUInt(1, 8).Build();
        _server.Answer($$"""
            {"ok":true,"result":{"@type":"raw.fullAccountState","balance":"1500000000","code":"{{Base64(code)}}","data":"{{Base64(Cell.Empty)}}",
            "last_transaction_id":{"lt":"48000000000001","hash":"{{Hash}}"},"sync_utime":1750000000,"state":"active"},"@extra":"1"}
            """);
        var account = await Create().GetAccountAsync(Address, default);
        account.ShouldBe(new AccountState(
            Address, AccountStatus.Active, Coins.Parse("1.5"), code, Cell.Empty,
            new TransactionId(48_000_000_000_001, new Bits256(Convert.FromBase64String(Hash))), DateTimeOffset.FromUnixTimeSeconds(1_750_000_000)));
        _server.Requests.Single().ShouldBe($"GET https://chain.test/api/v2/getAddressInformation?address={Uri.EscapeDataString(Address.ToRaw())} key=secret ");
    }

    [Fact]
    public async Task An_account_that_never_was_is_read()
    {
        _server.Answer($$"""
            {"ok":true,"result":{"balance":0,"code":"","data":"","last_transaction_id":{"lt":"0","hash":"{{Convert.ToBase64String(new byte[32])}}"},
            "sync_utime":1,"state":"uninitialized"} }
            """);
        var account = await Create().GetAccountAsync(Address, default);
        (account.Status, account.Balance, account.Code, account.Data, account.LastTransaction).ShouldBe((AccountStatus.Uninitialized, Coins.Zero, null, null, null));
    }

    [Fact]
    public async Task The_newest_block_is_read()
    {
        _server.Answer($$"""{"ok":true,"result":{"last":{"workchain":-1,"shard":"-9223372036854775808","seqno":77,"root_hash":"{{Hash}}","file_hash":"{{Hash}}"} } }""");
        var hash = new Bits256(Convert.FromBase64String(Hash));
        (await Create().GetMasterchainInfoAsync(default)).ShouldBe(new MasterchainInfo(77, hash, hash));
    }

    [Fact]
    public async Task A_message_is_sent_as_a_bag_of_cells()
    {
        _server.Answer("""{"ok":true,"result":{"@type":"ok"}}""");
        var message = new CellBuilder().StoreUInt(9, 8).Build();
        await Create().SendAsync(message, default);
        var request = _server.Requests.Single();
        request.ShouldStartWith("POST https://chain.test/api/v2/sendBoc key=secret ");
        using var body = JsonDocument.Parse(request[request.IndexOf('{', StringComparison.Ordinal)..]);
        BagOfCells.Deserialize(body.RootElement.GetProperty("boc").GetBytesFromBase64()).ShouldBe(message);
    }

    [Fact]
    public async Task Transactions_are_asked_for_by_time_and_hash_and_checked()
    {
        var from = new TransactionId(5, Bits256.Parse(new string('f', 64)));
        _server.Answer("""{"ok":true,"result":[]}""");
        (await Create().GetTransactionsAsync(Address, 7, from, default)).ShouldBeEmpty();
        _server.Requests.Single().ShouldContain($"&limit=7&lt=5&hash={Uri.EscapeDataString(Convert.ToBase64String(from.Hash.ToArray()))}&archival=true");

        _server.Answer($$"""{"ok":true,"result":[{"data":"{{Base64(Transaction(Address.Hash, 5))}}"},{"data":"{{Base64(Transaction(Address.Hash, 4))}}"}]}""");
        var found = await Create().GetTransactionsAsync(Address, 2, null, default);
        found.Select(transaction => transaction.Lt).ShouldBe([5UL, 4UL]);
        found[0].Hash.ShouldBe(Transaction(Address.Hash, 5).Hash);
    }

    [Fact]
    public async Task Transactions_that_were_not_asked_for_are_refused()
    {
        var one = $$"""{"data":"{{Base64(Transaction(Address.Hash, 5))}}"}""";
        await RefuseAsync($"[{one},{one}]", null, "2 transactions, wanted at most 1");
        await RefuseAsync($"[{one}]", new TransactionId(5, Bits256.Zero), "first, wanted 5");
        await RefuseAsync($$"""[{"data":"{{Base64(Transaction(Bits256.Zero, 5))}}"}]""", null, "a transaction of 0:00");
        await RefuseAsync("[null]", null, "without data");
        await RefuseAsync("""[{"data":"te6c"}]""", null, "malformed");
        await RefuseAsync("""[{"data":"%"}]""", null, "malformed");

        async Task RefuseAsync(string result, TransactionId? from, string reason)
        {
            _server.Answer($$"""{"ok":true,"result":{{result}}}""");
            (await Should.ThrowAsync<TonChainException>(() => Create().GetTransactionsAsync(Address, 1, from, default))).Message.ShouldContain(reason);
        }
    }

    [Theory]
    [InlineData("""{"ok":true}""")]
    [InlineData("""{"ok":true,"result":null}""")]
    [InlineData("""{"ok":true,"result":"x"}""")]
    [InlineData("""{"ok":true,"result":[]}""")]
    [InlineData("""{"ok":true,"result":{"balance":-1,"state":"active"}}""")]
    [InlineData("""{"ok":true,"result":{"balance":1,"state":"asleep"}}""")]
    [InlineData("""{"ok":true,"result":{"balance":1,"state":"active","code":"!!!"}}""")]
    [InlineData("""{"ok":true,"result":{"balance":1,"state":"active","sync_utime":999999999999999999}}""")]
    [InlineData("""{"ok":true,"result":{"balance":1,"state":"active","last_transaction_id":{"lt":"1","hash":"AA=="} } }""")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("<html>")]
    [InlineData("")]
    public async Task A_malformed_answer_is_a_chain_failure(string json)
    {
        _server.Answer(json);
        await Should.ThrowAsync<TonChainException>(() => Create().GetAccountAsync(Address, default));
        _server.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_refusal_carries_its_code_and_text()
    {
        _server.Answer("""{"ok":false,"error":"Incorrect address","code":416}""", (HttpStatusCode)416);
        var exception = await Should.ThrowAsync<TonChainException>(() => Create().GetAccountAsync(Address, default));
        exception.Code.ShouldBe(416);
        exception.Message.ShouldBe("getAddressInformation was refused with code 416: Incorrect address");
        _server.Requests.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(HttpStatusCode.TooManyRequests)]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.BadGateway)]
    public async Task A_busy_server_is_asked_again_after_growing_waits(HttpStatusCode status)
    {
        for (var i = 0; i < 3; i++) _server.Answer(status == HttpStatusCode.BadGateway ? "<html>" : """{"ok":false,"error":"busy"}""", status);
        _server.Answer($$"""{"ok":true,"result":{"last":{"seqno":1,"root_hash":"{{Hash}}","file_hash":"{{Hash}}"} } }""");
        var answer = Create().GetMasterchainInfoAsync(default);
        foreach (var (wait, requests) in new[] { (500, 1), (1000, 2), (2000, 3) })
        {
            _time.AdvanceInline(TimeSpan.FromMilliseconds(wait - 1));
            _server.Requests.Count.ShouldBe(requests);
            _time.AdvanceInline(TimeSpan.FromMilliseconds(1));
        }
        (await answer).Seqno.ShouldBe(1u);
        _server.Requests.Count.ShouldBe(4);
    }

    [Fact]
    public async Task A_server_that_stays_busy_is_given_up()
    {
        for (var i = 0; i < 4; i++) _server.Answer("""{"ok":false,"error":"Ratelimit exceeded","code":429}""", HttpStatusCode.TooManyRequests);
        var answer = Create().GetMasterchainInfoAsync(default);
        _time.AdvanceInline(TimeSpan.FromMinutes(1));
        (await Should.ThrowAsync<TonChainException>(() => answer)).Code.ShouldBe(429);
        _server.Requests.Count.ShouldBe(4);
    }

    [Fact]
    public async Task A_message_that_the_contract_refuses_is_not_sent_again()
    {
        _server.Answer("""{"ok":false,"error":"cannot apply external message","code":500}""", HttpStatusCode.InternalServerError);
        (await Should.ThrowAsync<TonChainException>(() => Create().SendAsync(Cell.Empty, default))).Code.ShouldBe(500);
        _server.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_answer_longer_than_allowed_is_refused()
    {
        _server.Answer($$"""{"ok":true,"result":"{{new string('x', 3000)}}"}""");
        var exception = await Should.ThrowAsync<TonChainException>(() => Create(maxBytes: 2048).GetMasterchainInfoAsync(default));
        exception.Message.ShouldContain("longer than 2048 bytes");
    }

    [Fact]
    public async Task A_connection_that_fails_is_tried_again()
    {
        _server.Fail(new HttpRequestException("connection refused"));
        _server.Answer($$"""{"ok":true,"result":{"last":{"seqno":1,"root_hash":"{{Hash}}","file_hash":"{{Hash}}"} } }""");
        var answer = Create().GetMasterchainInfoAsync(default);
        _time.AdvanceInline(TimeSpan.FromSeconds(1));
        (await answer).Seqno.ShouldBe(1u);
    }

    [Fact]
    public async Task Cancelling_ends_the_wait()
    {
        _server.Answer("""{"ok":false,"error":"busy"}""", HttpStatusCode.TooManyRequests);
        using var cancel = new CancellationTokenSource();
        var answer = Create().GetMasterchainInfoAsync(cancel.Token);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => answer);
    }

    private TonCenterClient Create(int maxBytes = 1 << 20) => new(
        new HttpClient(_server),
        new TonCenterOptions { BaseAddress = new Uri("https://chain.test/api/v2"), ApiKey = "secret", MaxResponseBytes = maxBytes },
        _time);

    private static string Base64(Cell cell) => Convert.ToBase64String(BagOfCells.Serialize(cell));

    private static Cell Transaction(Bits256 account, ulong lt)
    {
        var messages = new CellBuilder().StoreBit(false).StoreBit(false).Build();
        // An ordinary transaction without a storage, credit or action phase, whose computation was left out.
        var description = new CellBuilder().StoreUInt(0, 4).StoreUInt(0, 3).StoreUInt(0, 3).StoreUInt(0, 4).Build();
        return new CellBuilder()
            .StoreUInt(7, 4).StoreBits(account).StoreUInt(lt, 64).StoreBits(Bits256.Zero).StoreUInt(lt - 1, 64).StoreUInt(1, 32).StoreUInt(0, 15)
            .StoreUInt(0, 4).StoreReference(messages).StoreCoins(Coins.Zero).StoreBit(false).StoreReference(Cell.Empty).StoreReference(description)
            .Build();
    }

    private sealed class FakeServer : HttpMessageHandler
    {
        private readonly Queue<Func<HttpResponseMessage>> _answers = new();

        public List<string> Requests { get; } = [];

        public void Answer(string json, HttpStatusCode status = HttpStatusCode.OK) =>
            _answers.Enqueue(() => new HttpResponseMessage(status) { Content = new StringContent(json, Encoding.UTF8, "application/json") });

        public void Fail(Exception exception) => _answers.Enqueue(() => throw exception);

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
            Requests.Add($"{request.Method} {request.RequestUri!.AbsoluteUri} key={request.Headers.GetValues("X-API-Key").Single()} {body}");
            return _answers.Dequeue()();
        }
    }
}
