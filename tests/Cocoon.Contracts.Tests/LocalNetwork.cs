using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Registry;
using Cocoon.Cryptography;
using Cocoon.Ton;

namespace Cocoon.Contracts.Tests;

/// <summary>A network that really ran, of which the addresses, the proxy key and the code hashes are known but not the codes.</summary>
internal static class LocalNetwork
{
    public static readonly Ed25519PublicKey ProxyKey = new(Bits256.Parse("559087582b7e5ea2b2b986c258e0067b806a59b154e955decf00429610eab095"));
    public static readonly TonAddress Owner = TonAddress.Parse("UQAuz15H1ZHrZ_psVrAra7HealMIVeFq0wguqlmFno1f3B-m");
    public static readonly TonAddress Root = TonAddress.Parse("EQBT4hy4vMEZ9uxSCuhw_gBKh9_AwmHXLe7Wo0O4Vh-4kRjJ");
    public static readonly TonAddress Proxy = TonAddress.Parse("0:4f93161f3ca80e04c6db8bd55054ed83433ed6837c3d2b9613b25f31d7f29a79");
    public static readonly TonAddress Worker = TonAddress.Parse("0:cb6068511cda97aae29725acec8cc0545215ed999fcda26e37fbfb33b6983cd1");
    public static readonly TonAddress Client = TonAddress.Parse("0:800a33452d8e00ac8f99750b006b31005b8d4abc7c952005ac161f696ea700d5");
    public static readonly TonAddress ProxyWallet = TonAddress.Parse("0:171a56813c1a12caf948d1c1062af4bc024e5ef4915c98a99c06662c2a135321");
    public static readonly TonAddress WorkerWallet = TonAddress.Parse("0:015806115033db8ced047e74e3b53a14b904c04ef4caff6c16de5892c3f5d239");
    public static readonly TonAddress ClientWallet = TonAddress.Parse("0:9d8f8ddb043c9e2657dee85552a562dfb03329e181db9b3e6571ae7eb4dcfe7f");

    public static readonly NetworkParameters Parameters = new()
    {
        StructVersion = 1,
        Version = 1,
        UniqueId = 13,
        IsTest = true,
        Price = new TokenPrice(2),
        WorkerFee = new TokenPrice(1),
        ProxyCloseDelay = TimeSpan.FromSeconds(600),
        ClientCloseDelay = TimeSpan.FromSeconds(300),
        ProxyCode = CellText.Pruned("532e707649e4161be4d816e2b6f97f82e602855a4cd3475883028d054c6e72ef", 4),
        WorkerCode = CellText.Pruned("657cb7ca586d77e88066effadf10f3eddea7d3487e809220e770d9dc4e596023", 2),
        ClientCode = CellText.Pruned("5d8a54e4462dd52f747bae8c1edca819fd2f462be05c1fc595cc2a34e6b18c44", 5),
    };

    /// <summary>A voucher that network's proxy gave to its worker: payout, query id 1, 0 tokens.</summary>
    public static readonly byte[] WorkerVoucher = Convert.FromHexString(
        "b5ee9c720101020100a90001dba040ad2800000000000000018002e34ad0278342595f291a3820c55e978049cbde922b93153380ccc585426a642922a60bfbda2ebdf01e726f"
        + "4aa5c6d1a0e77527779df28855f9ed1be253d8da2fe1a205a5fd41b4b7077044f50c6f312c8573aea76e72682107c587d4a5f3e1d001006ba040ad2800000000000000010000"
        + "00000000000080196c0d0a239b52f55c52e4b59d91980a8a42bdb333f9b44dc6ff7f6676d3079a30");
}
