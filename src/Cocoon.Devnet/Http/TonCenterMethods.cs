using System.Globalization;
using System.Text.Json.Nodes;
using Cocoon.Cryptography;
using Cocoon.Devnet.Chain;
using Cocoon.Devnet.Executor;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;

namespace Cocoon.Devnet.Http;

/// <summary>The methods of toncenter's API version 2 that the devnet answers.</summary>
internal sealed class TonCenterMethods
{
    private const int NotFoundCode = 404;
    private const int DefaultTransactions = 10;
    private const int MaxTransactions = 1000;
    private const int NoContractExitCode = -13;

    private readonly DevnetChain _chain;
    private readonly Dictionary<string, Func<ApiParameters, CancellationToken, Task<JsonNode>>> _methods;

    public TonCenterMethods(DevnetChain chain)
    {
        _chain = chain;
        _methods = new(StringComparer.Ordinal)
        {
            ["getAddressInformation"] = Now(AddressInformation),
            ["getExtendedAddressInformation"] = Now(ExtendedAddressInformation),
            ["getWalletInformation"] = Now(WalletInformation),
            ["getAddressBalance"] = Now(parameters => ChainJson.Text(chain.ReadAccount(parameters.Address()).Balance)),
            ["getAddressState"] = Now(parameters => ChainJson.State(chain.ReadAccount(parameters.Address()))),
            ["getTransactions"] = Now(Transactions),
            ["tryLocateTx"] = Now(LocateResult),
            ["tryLocateResultTx"] = Now(LocateResult),
            ["tryLocateSourceTx"] = Now(LocateSource),
            ["getMasterchainInfo"] = Now(_ => MasterchainInfo()),
            ["getBlockHeader"] = Now(BlockHeader),
            ["lookupBlock"] = Now(LookupBlock),
            ["shards"] = Now(Shards),
            ["getBlockTransactions"] = Now(BlockTransactions),
            ["sendBoc"] = SendBocAsync,
            ["sendBocReturnHash"] = SendBocReturnHashAsync,
            ["runGetMethod"] = RunGetMethodAsync,
        };
    }

    public Task<JsonNode> CallAsync(string method, ApiParameters parameters, CancellationToken cancellationToken) =>
        _methods.TryGetValue(method, out var call)
            ? call(parameters, cancellationToken)
            : throw new ApiException(NotFoundCode, $"The devnet has no such method; it has {string.Join(", ", _methods.Keys)}.");

    private static Func<ApiParameters, CancellationToken, Task<JsonNode>> Now(Func<ApiParameters, JsonNode> method) =>
        (parameters, _) => Task.FromResult(method(parameters));

    private JsonObject AddressInformation(ApiParameters parameters)
    {
        var (account, block) = (_chain.ReadAccount(parameters.Address()), _chain.LastBlock);
        return new JsonObject
        {
            ["@type"] = "raw.fullAccountState",
            ["balance"] = ChainJson.Text(account.Balance),
            ["extra_currencies"] = new JsonArray(),
            ["code"] = ChainJson.Base64(account.State?.Code),
            ["data"] = ChainJson.Base64(account.State?.Data),
            ["last_transaction_id"] = ChainJson.TransactionId(account.LastLt, account.LastHash),
            ["block_id"] = ChainJson.BlockId(-1, block),
            ["frozen_hash"] = FrozenHash(account),
            ["sync_utime"] = block.UnixTime,
            ["state"] = ChainJson.State(account),
        };
    }

    private static string FrozenHash(AccountView account) => account.FrozenHash is { } hash ? ChainJson.Base64(hash) : "";

    private JsonObject ExtendedAddressInformation(ApiParameters parameters)
    {
        var address = parameters.Address();
        var (account, block) = (_chain.ReadAccount(address), _chain.LastBlock);
        var state = account switch
        {
            { State: { } init } => new JsonObject
            {
                ["@type"] = "raw.accountState",
                ["code"] = ChainJson.Base64(init.Code),
                ["data"] = ChainJson.Base64(init.Data),
                ["frozen_hash"] = "",
            },
            _ => new JsonObject { ["@type"] = "uninited.accountState", ["frozen_hash"] = FrozenHash(account) },
        };
        return new JsonObject
        {
            ["@type"] = "fullAccountState",
            ["address"] = ChainJson.Address(address),
            ["balance"] = ChainJson.Text(account.Balance),
            ["extra_currencies"] = new JsonArray(),
            ["last_transaction_id"] = ChainJson.TransactionId(account.LastLt, account.LastHash),
            ["block_id"] = ChainJson.BlockId(-1, block),
            ["sync_utime"] = block.UnixTime,
            ["account_state"] = state,
            ["revision"] = 0,
        };
    }

    private JsonObject WalletInformation(ApiParameters parameters)
    {
        var account = _chain.ReadAccount(parameters.Address());
        var json = new JsonObject
        {
            ["wallet"] = false,
            ["balance"] = ChainJson.Text(account.Balance),
            ["extra_currencies"] = new JsonArray(),
            ["account_state"] = ChainJson.State(account),
            ["last_transaction_id"] = ChainJson.TransactionId(account.LastLt, account.LastHash),
        };
        if (account.State is { Code: { } code, Data: { } data } && KnownWallets.Find(code.Hash) is { } wallet)
        {
            json["wallet"] = true;
            json["wallet_type"] = wallet.Name;
            json["seqno"] = wallet.ReadSeqno(data);
        }
        return json;
    }

    private JsonArray Transactions(ApiParameters parameters)
    {
        var address = parameters.Address();
        var limit = (int)(parameters.Number("limit", 1, MaxTransactions) ?? DefaultTransactions);
        var (lt, hash) = (parameters.Number("lt", 0, ulong.MaxValue), parameters.Hash("hash"));
        var toLt = parameters.Number("to_lt", 0, ulong.MaxValue) ?? 0;
        if (hash is not null && lt is null) throw new ApiException(422, "The parameter 'hash' is given without 'lt'; wanted both or none.");
        var found = _chain.ReadTransactions(address, limit, lt);
        if (found is null || (hash is { } wanted && found[0].Cell.Hash != wanted))
            throw new ApiException(
                NotFoundCode, $"The account {address} has no transaction with logical time {lt}{(hash is null ? "" : $" and hash {hash}")}.");
        var array = new JsonArray();
        foreach (var transaction in found.TakeWhile(transaction => transaction.Lt > toLt)) array.Add((JsonNode)ChainJson.Transaction(transaction));
        return array;
    }

    private JsonObject LocateResult(ApiParameters parameters)
    {
        var (source, destination) = (parameters.Address("source"), parameters.Address("destination"));
        var createdLt = parameters.RequiredNumber("created_lt", 0, ulong.MaxValue);
        return Locate(destination, transaction => transaction.InMessage is { } cell && Matches(cell, source, destination, createdLt));
    }

    private JsonObject LocateSource(ApiParameters parameters)
    {
        var (source, destination) = (parameters.Address("source"), parameters.Address("destination"));
        var createdLt = parameters.RequiredNumber("created_lt", 0, ulong.MaxValue);
        return Locate(source, transaction => transaction.OutMessages.Any(cell => Matches(cell, source, destination, createdLt)));
    }

    private static bool Matches(Cell cell, TonAddress source, TonAddress destination, ulong createdLt) =>
        TonMessage.Load(cell) is InternalMessage message && message.CreatedLt == createdLt
        && message.Source == source && message.Destination == destination;

    private JsonObject Locate(TonAddress account, Func<StoredTransaction, bool> matches)
    {
        var transaction = _chain.ReadTransactions(account, int.MaxValue, null)!.FirstOrDefault(matches);
        return transaction is null
            ? throw new ApiException(NotFoundCode, $"The account {account} has no transaction with such a message.")
            : ChainJson.Transaction(transaction);
    }

    private JsonObject MasterchainInfo()
    {
        var block = _chain.LastBlock;
        return new JsonObject
        {
            ["@type"] = "blocks.masterchainInfo",
            ["last"] = ChainJson.BlockId(-1, block),
            ["state_root_hash"] = ChainJson.Base64(block.RootHash),
            ["init"] = ZeroBlockId(-1),
        };
    }

    private static JsonObject ZeroBlockId(int workchain) => ChainJson.BlockId(workchain, 0, Bits256.Zero, Bits256.Zero);

    private JsonObject BlockHeader(ApiParameters parameters)
    {
        var workchain = parameters.Workchain();
        var block = Block(parameters);
        var previous = _chain.FindBlock(block.Seqno - 1);
        return new JsonObject
        {
            ["@type"] = "blocks.header",
            ["id"] = ChainJson.BlockId(workchain, block),
            ["global_id"] = DevnetChain.GlobalId,
            ["version"] = 0,
            ["after_merge"] = false,
            ["after_split"] = false,
            ["before_split"] = false,
            ["want_merge"] = false,
            ["want_split"] = false,
            ["validator_list_hash_short"] = 0,
            ["catchain_seqno"] = 0,
            ["min_ref_mc_seqno"] = block.Seqno,
            ["is_key_block"] = false,
            ["prev_key_block_seqno"] = 0,
            ["start_lt"] = ChainJson.Text(block.StartLt),
            ["end_lt"] = ChainJson.Text(block.EndLt),
            ["gen_utime"] = block.UnixTime,
            ["prev_blocks"] = new JsonArray(previous is null ? ZeroBlockId(workchain) : ChainJson.BlockId(workchain, previous)),
        };
    }

    private JsonObject LookupBlock(ApiParameters parameters) => ChainJson.BlockId(parameters.Workchain(), Block(parameters));

    private JsonObject Shards(ApiParameters parameters) => new()
    {
        ["@type"] = "blocks.shards",
        ["shards"] = new JsonArray(ChainJson.BlockId(0, Block(parameters))),
    };

    private JsonObject BlockTransactions(ApiParameters parameters)
    {
        var workchain = parameters.Workchain();
        var block = Block(parameters);
        var count = (int)(parameters.Number("count", 1, 4096) ?? 4096);
        var all = block.Transactions.Where(transaction => transaction.Account.Workchain == workchain).ToList();
        var array = new JsonArray();
        foreach (var transaction in all.Take(count))
        {
            array.Add((JsonNode)new JsonObject
            {
                ["@type"] = "blocks.shortTxId",
                ["mode"] = 135,
                ["account"] = transaction.Account.ToRaw(),
                ["lt"] = ChainJson.Text(transaction.Lt),
                ["hash"] = ChainJson.Base64(transaction.Hash),
            });
        }
        return new JsonObject
        {
            ["@type"] = "blocks.transactions",
            ["id"] = ChainJson.BlockId(workchain, block),
            ["req_count"] = count,
            ["incomplete"] = all.Count > count,
            ["transactions"] = array,
        };
    }

    private DevnetBlock Block(ApiParameters parameters)
    {
        if (parameters.Text("shard") is { } shard && shard != ChainJson.Shard && shard != "8000000000000000")
            throw new ApiException(422, $"The devnet has the one shard {ChainJson.Shard}.");
        var seqno = (uint)parameters.RequiredNumber("seqno", 0, uint.MaxValue);
        return _chain.FindBlock(seqno) ?? throw new ApiException(
            NotFoundCode, $"There is no block {seqno}; the last one is {_chain.LastBlock.Seqno}, the first one 1.");
    }

    private async Task<JsonNode> SendBocAsync(ApiParameters parameters, CancellationToken cancellationToken)
    {
        await SendAsync(parameters.Boc("boc"), cancellationToken).ConfigureAwait(false);
        return new JsonObject { ["@type"] = "ok" };
    }

    private async Task<JsonNode> SendBocReturnHashAsync(ApiParameters parameters, CancellationToken cancellationToken)
    {
        var message = parameters.Boc("boc");
        await SendAsync(message, cancellationToken).ConfigureAwait(false);
        return new JsonObject { ["@type"] = "raw.extMessageInfo", ["hash"] = ChainJson.Base64(message.Hash) };
    }

    private async Task SendAsync(Cell message, CancellationToken cancellationToken)
    {
        try
        {
            await _chain.SendAsync(message, cancellationToken).ConfigureAwait(false);
        }
        catch (MessageRejectedException e)
        {
            // The words that callers of the public service look for.
            throw new ApiException(
                500, $"LITE_SERVER_UNKNOWN: cannot apply external message to current state : External message was not accepted\n{e.Message}");
        }
    }

    private async Task<JsonNode> RunGetMethodAsync(ApiParameters parameters, CancellationToken cancellationToken)
    {
        var address = parameters.Address();
        var method = parameters.RequiredText("method");
        var id = int.TryParse(method, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : GetMethodId.Of(method);
        var (account, block) = (_chain.ReadAccount(address), _chain.LastBlock);
        var arguments = StackJson.Read(parameters.Json("stack"));
        GetMethodResult? result;
        try
        {
            result = await _chain.RunGetMethodAsync(address, id, arguments, cancellationToken).ConfigureAwait(false);
        }
        catch (CellFormatException e)
        {
            throw new ApiException(422, $"The get-method's arguments or its answer cannot be carried: {e.Message}");
        }
        result ??= new GetMethodResult(NoContractExitCode, 0, []);
        return new JsonObject
        {
            ["@type"] = "smc.runResult",
            ["gas_used"] = result.GasUsed,
            ["stack"] = StackJson.Write(result.Stack),
            ["exit_code"] = result.ExitCode,
            ["block_id"] = ChainJson.BlockId(-1, block),
            ["last_transaction_id"] = ChainJson.TransactionId(account.LastLt, account.LastHash),
        };
    }
}
