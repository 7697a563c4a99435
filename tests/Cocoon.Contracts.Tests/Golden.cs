using System.Collections.Immutable;
using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Registry;
using Cocoon.Cryptography;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Tests;

/// <summary>The inputs that the golden vectors were computed from by an independent implementation.</summary>
internal static class Golden
{
    public const ulong QueryId = 0x1122334455667788;

    public static readonly Ed25519PrivateKey Key = Ed25519PrivateKey.FromSeed([.. new byte[31], 1]);
    public static readonly TonAddress Owner = Address(0x11);
    public static readonly TonAddress ProxyOwner = Address(0x22);
    public static readonly TonAddress RootOwner = Address(0x33);
    public static readonly TonAddress Root = Address(0x44);
    public static readonly TonAddress Excess = Address(0x66);
    public static readonly TonAddress Proxy = TonAddress.Parse("0:6256389f3027a1cd664deb4e8e3b59089d6ba990edf07a9257b4b2cfad10bc15");
    public static readonly TonAddress Worker = TonAddress.Parse("0:9826471c448d2fc44963876a841cbdc3a5dff4b909c45293c3fb683fe405ae82");
    public static readonly TonAddress Client = TonAddress.Parse("0:3420f3db653af56a41dfd57ebbb4dd9cd19b367c4c31bca6ff64b8d16b86caa5");
    public static readonly AdjustedTokens Tokens = new(1_000_000);
    public static readonly Coins TenTon = Coins.FromTon(10);
    public static readonly Bits256 SecretHash = new([.. new byte[30], 0xab, 0xcd]);

    public static readonly NetworkParameters Parameters = new()
    {
        Version = 7,
        UniqueId = 17,
        IsTest = true,
        Price = new TokenPrice(20),
        WorkerFee = new TokenPrice(18),
        Multipliers = new TokenMultipliers(new Multiplier(10000), new Multiplier(2500), new Multiplier(30000), new Multiplier(40000)),
        ProxyCloseDelay = TimeSpan.FromSeconds(86400),
        ClientCloseDelay = TimeSpan.FromSeconds(43200),
        MinProxyStake = Coins.FromTon(1),
        MinClientStake = Coins.FromTon(2.5m),
        WorkerCode = Code(1),
        ClientCode = Code(2),
        ProxyCode = Code(3),
    };

    public static TonAddress Address(byte value) => new(0, Hash(value));

    public static Bits256 Hash(byte value)
    {
        var bytes = new byte[Bits256.Size];
        Array.Fill(bytes, value);
        return new Bits256(bytes);
    }

    public static Cell Code(byte value) => new CellBuilder().StoreUInt(value, 8).Build();

    public static ImmutableSortedSet<Bits256> Hashes(params byte[] values) => [.. values.Select(Hash)];
}
