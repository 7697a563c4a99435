using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cocoon.Ton.TonCenter;

internal sealed record TonCenterAnswer(bool Ok, JsonElement Result, JsonElement Error, int Code);

internal sealed record TonCenterAccount(ulong Balance, string? Code, string? Data, TonCenterTransactionId? LastTransactionId, long SyncUtime, string? State);

internal sealed record TonCenterTransactionId(ulong Lt, string? Hash);

internal sealed record TonCenterTransaction(string? Data, TonCenterTransactionId? TransactionId);

internal sealed record TonCenterMasterchain(TonCenterBlock? Last);

internal sealed record TonCenterBlock(uint Seqno, string? RootHash, string? FileHash);

internal sealed record TonCenterBoc(string Boc);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, NumberHandling = JsonNumberHandling.AllowReadingFromString)]
[JsonSerializable(typeof(TonCenterAnswer))]
[JsonSerializable(typeof(TonCenterAccount))]
[JsonSerializable(typeof(TonCenterTransaction[]))]
[JsonSerializable(typeof(TonCenterMasterchain))]
[JsonSerializable(typeof(TonCenterBoc))]
internal sealed partial class TonCenterJson : JsonSerializerContext;
