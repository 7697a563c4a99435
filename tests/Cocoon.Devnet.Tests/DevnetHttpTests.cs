using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Cocoon.Devnet.Chain;
using Cocoon.Testing;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Messages;
using Cocoon.Ton.TonCenter;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cocoon.Devnet.Tests;

public sealed class DevnetHttpTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly ManualTimeProvider _time = new();
    private readonly TestWallet _alice = new(1);
    private readonly HttpClient _http = new();
    private DevnetServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await DevnetServer.StartAsync(new DevnetServerOptions { Folder = _folder.Path }, _time, NullLoggerFactory.Instance, CancellationToken.None);
        _http.BaseAddress = _server.BaseAddress;
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
        _alice.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Server_listens_on_the_loopback_interface_only()
    {
        _server.BaseAddress.Host.ShouldBe("127.0.0.1");
        (await OkAsync("status")).GetProperty("faucet").GetString().ShouldBe(DevnetChain.FaucetAddress.ToRaw());
    }

    [Fact]
    public async Task Library_client_funds_sends_and_follows_over_HTTP()
    {
        var client = new TonCenterClient(_http, new TonCenterOptions { BaseAddress = new Uri(_server.BaseAddress, "api/v2/") }, TimeProvider.System);
        (await client.GetAccountAsync(_alice.Address, CancellationToken.None)).Status.ShouldBe(AccountStatus.Uninitialized);
        (await client.GetAccountAsync(_alice.Address, CancellationToken.None)).LastTransaction.ShouldBeNull();
        await FundAliceAsync();

        var bob = new TonAddress(0, _alice.PublicKey);
        await client.SendAsync(_alice.Transfer(0, _time.GetUtcNow(), bob, Coins.FromTon(2)), CancellationToken.None);
        await BlockAsync();

        var account = await client.GetAccountAsync(_alice.Address, CancellationToken.None);
        account.Status.ShouldBe(AccountStatus.Active);
        _alice.Contract.StateInit.Code.ShouldBe(account.Code);
        var transactions = await client.GetTransactionsAsync(_alice.Address, 10, null, CancellationToken.None);
        transactions.Count.ShouldBe(2);
        account.LastTransaction.ShouldBe(new TransactionId(transactions[0].Lt, transactions[0].Hash));
        transactions[0].OutMessages[0].ShouldBeOfType<InternalMessage>().Value.ShouldBe(Coins.FromTon(2));
        var older = await client.GetTransactionsAsync(_alice.Address, 1, new TransactionId(transactions[1].Lt, transactions[1].Hash), CancellationToken.None);
        older.Single().Hash.ShouldBe(transactions[1].Hash);
        (await client.GetAccountAsync(bob, CancellationToken.None)).Balance.ShouldBe(Coins.FromTon(2));
        (await client.GetMasterchainInfoAsync(CancellationToken.None)).Seqno.ShouldBe(_server.Chain.LastBlock.Seqno);
        await Should.ThrowAsync<TonChainException>(() => client.SendAsync(_alice.Transfer(0, _time.GetUtcNow(), bob, Coins.FromTon(2)), CancellationToken.None));
    }

    [Fact]
    public async Task Every_form_of_a_call_gives_the_same_answer()
    {
        await FundAliceAsync();
        var address = _alice.Address.ToFriendly(bounceable: false, testnet: false);

        var got = await OkAsync($"api/v2/getAddressInformation?address={address}");
        var posted = await ResultAsync(await _http.PostAsJsonAsync("api/v2/getAddressInformation", new { address }));
        var called = await ResultAsync(await _http.PostAsJsonAsync("api/v2/jsonRPC", new { id = "7", jsonrpc = "2.0", method = "getAddressInformation", @params = new { address } }));

        posted.GetRawText().ShouldBe(got.GetRawText());
        called.GetRawText().ShouldBe(got.GetRawText());
        got.GetProperty("balance").GetString().ShouldBe("10000000000");
        got.GetProperty("state").GetString().ShouldBe("uninitialized");
    }

    [Fact]
    public async Task Account_questions_agree_with_one_another()
    {
        await FundAliceAsync();
        await SendAsync(_alice.Transfer(0, _time.GetUtcNow(), _alice.Address, Coins.FromTon(1)));
        await BlockAsync();
        var raw = _alice.Address.ToRaw();

        var wallet = await OkAsync($"api/v2/getWalletInformation?address={raw}");
        wallet.GetProperty("wallet_type").GetString().ShouldBe("wallet v3 r2");
        wallet.GetProperty("seqno").GetInt32().ShouldBe(1);
        var balance = wallet.GetProperty("balance").GetString();
        (await OkAsync($"api/v2/getAddressBalance?address={raw}")).GetString().ShouldBe(balance);
        (await OkAsync($"api/v2/getAddressState?address={raw}")).GetString().ShouldBe("active");
        var extended = await OkAsync($"api/v2/getExtendedAddressInformation?address={raw}");
        extended.GetProperty("balance").GetString().ShouldBe(balance);
        extended.GetProperty("account_state").GetProperty("@type").GetString().ShouldBe("raw.accountState");
    }

    [Fact]
    public async Task Transactions_are_shaped_as_toncenter_shapes_them()
    {
        await FundAliceAsync();
        var comment = new CellBuilder().StoreUInt(0, 32).StoreBytes("grüße"u8).Build();
        await SendAsync(_alice.Transfer(0, _time.GetUtcNow(), _alice.Address, Coins.FromTon(1), body: comment));
        await BlockAsync();

        var list = await OkAsync($"api/v2/getTransactions?address={_alice.Address.ToRaw()}&limit=3&archival=true");

        list.GetArrayLength().ShouldBe(3);
        var (arrival, departure, funding) = (list[0], list[1], list[2]);
        TonTransaction.Load(BagOfCells.Deserialize(arrival.GetProperty("data").GetBytesFromBase64())).Lt.ToString()
            .ShouldBe(arrival.GetProperty("transaction_id").GetProperty("lt").GetString());
        departure.GetProperty("in_msg").GetProperty("source").GetString().ShouldBe("");
        var sent = departure.GetProperty("out_msgs")[0];
        sent.GetRawText().ShouldBe(arrival.GetProperty("in_msg").GetRawText());
        sent.GetProperty("value").GetString().ShouldBe("1000000000");
        sent.GetProperty("message").GetString().ShouldBe("grüße");
        sent.GetProperty("destination").GetString().ShouldBe(_alice.Address.ToFriendly(bounceable: true, testnet: false));
        funding.GetProperty("in_msg").GetProperty("source").GetString().ShouldBe(DevnetChain.FaucetAddress.ToFriendly(bounceable: true, testnet: false));
        long.Parse(departure.GetProperty("fee").GetString()!).ShouldBe(
            long.Parse(departure.GetProperty("storage_fee").GetString()!) + long.Parse(departure.GetProperty("other_fee").GetString()!));

        var lastLt = list[1].GetProperty("transaction_id").GetProperty("lt").GetString();
        (await OkAsync($"api/v2/getTransactions?address={_alice.Address.ToRaw()}&to_lt={lastLt}")).GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task Get_method_answers_with_numbers_in_hexadecimal()
    {
        await FundAliceAsync();
        await SendAsync(_alice.Transfer(0, _time.GetUtcNow(), _alice.Address, Coins.FromTon(1)));
        await BlockAsync();

        var result = await ResultAsync(await _http.PostAsJsonAsync("api/v2/runGetMethod", new { address = _alice.Address.ToRaw(), method = "seqno", stack = Array.Empty<object>() }));
        var byNumber = await ResultAsync(await _http.PostAsJsonAsync("api/v2/runGetMethod", new { address = _alice.Address.ToRaw(), method = 85143 }));

        result.GetProperty("exit_code").GetInt32().ShouldBe(0);
        result.GetProperty("stack")[0][0].GetString().ShouldBe("num");
        result.GetProperty("stack")[0][1].GetString().ShouldBe("0x1");
        byNumber.GetProperty("stack").GetRawText().ShouldBe(result.GetProperty("stack").GetRawText());
    }

    [Theory]
    [InlineData("api/v2/getAddressInformation", 422, "address")]
    [InlineData("api/v2/getAddressInformation?address=nonsense", 422, "TON address")]
    [InlineData("api/v2/getTransactions?address=0:0000000000000000000000000000000000000000000000000000000000000000&limit=100000", 422, "limit")]
    [InlineData("api/v2/getTransactions?address=0:0000000000000000000000000000000000000000000000000000000000000000&lt=5", 404, "logical time 5")]
    [InlineData("api/v2/getTransactions?address=0:0000000000000000000000000000000000000000000000000000000000000000&hash=zz", 422, "hash")]
    [InlineData("api/v2/getBlockHeader?workchain=-1&shard=-9223372036854775808&seqno=99999", 404, "99999")]
    [InlineData("api/v2/noSuchMethod", 404, "getMasterchainInfo")]
    public async Task Bad_question_is_answered_with_what_is_wrong(string path, int code, string words)
    {
        var answer = await _http.GetAsync(path);

        await ShouldFailAsync(answer, code, words);
    }

    [Theory]
    [InlineData("api/v2/sendBoc", """{"boc":"AAAA"}""", 422, "boc")]
    [InlineData("api/v2/sendBoc", """{"boc":"te6cckEBAQEAAgAAAEysuc0="}""", 500, "not accepted")]
    [InlineData("api/v2/sendBoc", "[1]", 422, "object")]
    [InlineData("api/v2/jsonRPC", "not json", 422, "JSON")]
    [InlineData("api/v2/jsonRPC", """{"id":1}""", 422, "method")]
    [InlineData("api/v2/runGetMethod", """{"address":"0:0000000000000000000000000000000000000000000000000000000000000000","method":"x","stack":[["num","zz"]]}""", 422, "whole number")]
    [InlineData("faucet", """{"address":"0:0000000000000000000000000000000000000000000000000000000000000000","amount":"-5"}""", 422, "amount")]
    [InlineData("faucet", """{"address":"0:0000000000000000000000000000000000000000000000000000000000000000","amount":"9000000000000000000"}""", 409, "faucet")]
    public async Task Bad_request_is_answered_with_what_is_wrong(string path, string body, int code, string words)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        await ShouldFailAsync(await _http.PostAsync(path, content), code, words);
    }

    [Theory]
    [InlineData("api/v2/jsonRPC", """{"id":"\ud800","method":"getMasterchainInfo"}""")]
    [InlineData("api/v2/jsonRPC", """{"id":1,"\udc00xxxx":1}""")]
    [InlineData("api/v2/sendBoc", """{"boc":"\ud800"}""")]
    [InlineData("api/v2/runGetMethod", """{"address":"0:0","method":"x","stack":[["\ud800",1]]}""")]
    [InlineData("api/v2/runGetMethod", """{"address":"0:0","method":"x","stack":[["cell",{"bytes":"\ud800"}]]}""")]
    [InlineData("api/v2/runGetMethod", "{\"address\":\"0:0\",\"method\":\"\u00ff\"}")]
    [InlineData("faucet", """{"address":"\ud800","amount":"1"}""")]
    public async Task Body_with_text_that_is_not_Unicode_is_refused(string path, string body)
    {
        // Latin-1 turns the one letter beyond ASCII into a byte that UTF-8 never has.
        using var content = new ByteArrayContent(Encoding.Latin1.GetBytes(body));

        await ShouldFailAsync(await _http.PostAsync(path, content), 422, "Unicode");
    }

    [Fact]
    public async Task Text_that_an_error_cuts_within_a_letter_stays_readable()
    {
        var limit = Uri.EscapeDataString(new string('1', 39) + "\U0001F965\U0001F965");

        await ShouldFailAsync(await _http.GetAsync($"api/v2/getTransactions?address={_alice.Address.ToRaw()}&limit={limit}"), 422, "limit");
    }

    [Fact]
    public async Task Get_method_arguments_beyond_the_bounds_of_a_cell_or_a_number_are_refused()
    {
        var deep = Cell.Empty;
        while (deep.Depth < 1000) deep = new CellBuilder().StoreReference(deep).Build();
        var boc = Convert.ToBase64String(BagOfCells.Serialize(deep));
        var cells = new List<object> { new[] { "cell", boc } };
        for (var count = 0; count < 100; count++) cells.Add(new[] { "num", "1" });
        var address = DevnetChain.FaucetAddress.ToRaw();

        var tooDeep = await _http.PostAsJsonAsync("api/v2/runGetMethod", new { address, method = 1, stack = cells });
        var number = new[] { "num", new string('9', 1_000_000) };
        var tooLong = await _http.PostAsJsonAsync("api/v2/runGetMethod", new { address, method = 1, stack = new[] { number } });

        await ShouldFailAsync(tooDeep, 422, "deeper");
        await ShouldFailAsync(tooLong, 422, "whole number");
    }

    [Fact]
    public async Task Body_beyond_the_bound_is_refused()
    {
        using var content = new StringContent($$"""{"boc":"{{new string('A', 2_000_000)}}"}""", Encoding.UTF8, "application/json");

        var answer = await _http.PostAsync("api/v2/sendBoc", content);

        answer.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task Blocks_name_their_transactions()
    {
        await FundAliceAsync();
        var seqno = _server.Chain.LastBlock.Seqno;

        var header = await OkAsync($"api/v2/getBlockHeader?workchain=-1&shard=-9223372036854775808&seqno={seqno}");
        header.GetProperty("prev_blocks")[0].GetProperty("seqno").GetUInt32().ShouldBe(seqno - 1);
        var shard = (await OkAsync($"api/v2/shards?seqno={seqno}")).GetProperty("shards")[0];
        shard.GetProperty("root_hash").GetString().ShouldBe(header.GetProperty("id").GetProperty("root_hash").GetString());
        var transactions = await OkAsync($"api/v2/getBlockTransactions?workchain=0&shard=-9223372036854775808&seqno={seqno}");
        transactions.GetProperty("transactions").EnumerateArray().Select(one => one.GetProperty("account").GetString())
            .ShouldBe([DevnetChain.FaucetAddress.ToRaw(), _alice.Address.ToRaw()]);
        transactions.GetProperty("incomplete").GetBoolean().ShouldBeFalse();
    }

    private static async Task ShouldFailAsync(HttpResponseMessage answer, int code, string words)
    {
        ((int)answer.StatusCode).ShouldBe(code);
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        json.GetProperty("ok").GetBoolean().ShouldBeFalse();
        json.GetProperty("code").GetInt32().ShouldBe(code);
        json.GetProperty("error").GetString()!.ShouldContain(words);
    }

    private static async Task<JsonElement> ResultAsync(HttpResponseMessage answer)
    {
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        json.GetProperty("ok").GetBoolean().ShouldBeTrue(json.GetRawText());
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return json.GetProperty("result");
    }

    private async Task<JsonElement> OkAsync(string path) => await ResultAsync(await _http.GetAsync(path));

    private async Task FundAliceAsync()
    {
        await ResultAsync(await _http.PostAsJsonAsync("faucet", new { address = _alice.Address.ToRaw(), amount = "10000000000" }));
        await BlockAsync();
    }

    private async Task SendAsync(Cell message) =>
        await ResultAsync(await _http.PostAsJsonAsync("api/v2/sendBoc", new { boc = Convert.ToBase64String(BagOfCells.Serialize(message)) }));

    private Task<DevnetBlock> BlockAsync() => _server.Chain.ProduceBlockAsync(CancellationToken.None);
}
