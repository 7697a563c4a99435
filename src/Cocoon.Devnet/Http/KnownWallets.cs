using Cocoon.Cryptography;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Wallets;

namespace Cocoon.Devnet.Http;

/// <summary>The wallets toncenter knows by their code.</summary>
internal static class KnownWallets
{
    private static readonly Dictionary<Bits256, KnownWallet> Wallets = Make();

    public static KnownWallet? Find(Bits256 codeHash) => Wallets.GetValueOrDefault(codeHash);

    private static Dictionary<Bits256, KnownWallet> Make()
    {
        using var key = Ed25519PrivateKey.FromSeed(stackalloc byte[Bits256.Size]);
        return new Dictionary<Bits256, KnownWallet>
        {
            [new WalletV3R2(key).StateInit.Code!.Hash] = new("wallet v3 r2", WalletV3R2.ReadSeqno),
            [new WalletV4R2(key).StateInit.Code!.Hash] = new("wallet v4 r2", WalletV4R2.ReadSeqno),
            [new WalletV5R1(key).StateInit.Code!.Hash] = new("wallet v5 r1", WalletV5R1.ReadSeqno),
        };
    }
}
