using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Cocoon.Cryptography;
using Cocoon.Devnet.Chain;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;

namespace Cocoon.Devnet.Http;

/// <summary>What the chain holds, as toncenter version 2 writes it.</summary>
internal static class ChainJson
{
    public const string Shard = "-9223372036854775808";
    private const int MaxCommentCells = 64;

    public static JsonObject BlockId(int workchain, DevnetBlock block) => BlockId(workchain, block.Seqno, block.RootHash, block.FileHash);

    public static JsonObject BlockId(int workchain, uint seqno, Bits256 rootHash, Bits256 fileHash) => new()
    {
        ["@type"] = "ton.blockIdExt",
        ["workchain"] = workchain,
        ["shard"] = Shard,
        ["seqno"] = seqno,
        ["root_hash"] = Base64(rootHash),
        ["file_hash"] = Base64(fileHash),
    };

    public static JsonObject TransactionId(ulong lt, Bits256 hash) => new()
    {
        ["@type"] = "internal.transactionId",
        ["lt"] = Text(lt),
        ["hash"] = Base64(hash),
    };

    public static string State(AccountView account) => account switch
    {
        { State: not null } => "active",
        { FrozenHash: not null } => "frozen",
        _ => "uninitialized",
    };

    public static string Text(Coins coins) => coins.NanoTon.ToString(CultureInfo.InvariantCulture);

    public static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);

    public static string Base64(Bits256 hash) => Convert.ToBase64String(hash.ToArray());

    public static string Base64(Cell? cell) => cell is null ? "" : Convert.ToBase64String(BagOfCells.Serialize(cell));

    public static JsonObject Address(TonAddress address) => new() { ["@type"] = "accountAddress", ["account_address"] = Friendly(address) };

    public static JsonObject Transaction(StoredTransaction transaction)
    {
        var storageFee = StorageFee(transaction.Description);
        var outMessages = new JsonArray();
        foreach (var message in transaction.OutMessages) outMessages.Add((JsonNode)Message(message));
        var json = new JsonObject
        {
            ["@type"] = "raw.transaction",
            ["address"] = Address(transaction.Account),
            ["utime"] = transaction.UnixTime,
            ["data"] = Base64(transaction.Cell),
            ["transaction_id"] = TransactionId(transaction.Lt, transaction.Cell.Hash),
            ["fee"] = Text(transaction.TotalFees),
            ["storage_fee"] = Text(storageFee),
            ["other_fee"] = Text(transaction.TotalFees - storageFee),
        };
        if (transaction.InMessage is not null) json["in_msg"] = Message(transaction.InMessage);
        json["out_msgs"] = outMessages;
        return json;
    }

    private static JsonObject Message(Cell cell)
    {
        var message = TonMessage.Load(cell);
        var comment = Comment(message.Body);
        var data = comment is null
            ? new JsonObject { ["@type"] = "msg.dataRaw", ["body"] = Base64(message.Body), ["init_state"] = Base64(message.StateInit?.ToCell()) }
            : new JsonObject { ["@type"] = "msg.dataText", ["text"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(comment)) };
        var (source, destination, createdLt) = message switch
        {
            InternalMessage one => (one.Source, one.Destination, one.CreatedLt),
            ExternalOutMessage one => (one.Source, (TonAddress?)null, one.CreatedLt),
            ExternalInMessage one => (null, one.Destination, 0UL),
            _ => throw new InvalidOperationException($"Unknown message {message.GetType().Name}."),
        };
        var carried = message as InternalMessage;
        return new JsonObject
        {
            ["@type"] = "raw.message",
            ["hash"] = Base64(cell.Hash),
            ["source"] = Friendly(source),
            ["destination"] = Friendly(destination),
            ["value"] = Text(carried?.Value ?? Coins.Zero),
            ["extra_currencies"] = new JsonArray(),
            ["fwd_fee"] = Text(carried?.ForwardFee ?? Coins.Zero),
            ["ihr_fee"] = Text(carried?.IhrFee ?? Coins.Zero),
            ["created_lt"] = Text(createdLt),
            ["body_hash"] = Base64(message.Body.Hash),
            ["msg_data"] = data,
            ["message"] = comment ?? "",
        };
    }

    private static string Friendly(TonAddress? address) => address?.ToFriendly(bounceable: true, testnet: false) ?? "";

    // trans_ord$0000 credit_first:Bool storage_ph:(Maybe TrStoragePhase)
    private static Coins StorageFee(Cell description)
    {
        var slice = description.BeginParse();
        if (slice.LoadUInt(4) != 0) return Coins.Zero;
        slice.SkipBits(1);
        return slice.LoadBit() ? slice.LoadCoins() : Coins.Zero;
    }

    // A body that starts with 32 zero bits carries text, going on in the first reference of each cell.
    private static string? Comment(Cell body)
    {
        var slice = body.BeginParse();
        if (slice.IsExotic || slice.RemainingBits < 32 || slice.LoadUInt(32) != 0) return null;
        var bytes = new List<byte>();
        for (var cells = 1; ; cells++)
        {
            if (slice.RemainingBits % 8 != 0 || cells > MaxCommentCells) return null;
            bytes.AddRange(slice.LoadBytes(slice.RemainingBits / 8));
            if (slice.RemainingReferences == 0) return Encoding.UTF8.GetString([.. bytes]);
            slice = slice.LoadReference().BeginParse();
            if (slice.IsExotic) return null;
        }
    }
}
