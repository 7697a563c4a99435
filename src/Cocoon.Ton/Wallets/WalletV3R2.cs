using Cocoon.Cryptography;
using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Wallets;

/// <summary>The wallet contract version 3, revision 2: up to 4 messages a transfer.</summary>
public sealed class WalletV3R2 : IWallet
{
    private readonly Ed25519PrivateKey _key;
    private readonly uint _subwallet;

    /// <summary>Creates the wallet of a key. The key stays the caller's and must live as long as the wallet is used.</summary>
    /// <param name="key">The owner's key.</param>
    /// <param name="workchain">0, or -1 for the masterchain.</param>
    /// <param name="subwallet">Tells wallets of the same key apart; null for the network's usual value.</param>
    public WalletV3R2(Ed25519PrivateKey key, sbyte workchain = 0, uint? subwallet = null)
    {
        ArgumentNullException.ThrowIfNull(key);
        _key = key;
        _subwallet = subwallet ?? (uint)(WalletContract.DefaultSubwallet + workchain);
        StateInit = new StateInit(
            WalletContract.V3R2Code,
            new CellBuilder().StoreUInt(0, 32).StoreUInt(_subwallet, 32).StoreBits(key.PublicKey.Bits).Build());
        Address = StateInit.Address(workchain);
    }

    /// <inheritdoc/>
    public string Version => "v3r2";

    /// <inheritdoc/>
    public TonAddress Address { get; }

    /// <inheritdoc/>
    public StateInit StateInit { get; }

    /// <inheritdoc cref="IWallet.ReadSeqno"/>
    public static uint ReadSeqno(Cell? data) => data is null ? 0 : (uint)data.BeginParse().LoadUInt(32);

    uint IWallet.ReadSeqno(Cell? data) => ReadSeqno(data);

    /// <inheritdoc/>
    public Cell CreateTransfer(uint seqno, DateTimeOffset validUntil, IReadOnlyList<OutgoingMessage> messages, bool includeStateInit)
    {
        WalletContract.CheckCount(messages, WalletContract.MaxMessages);
        var unsigned = new CellBuilder().StoreUInt(_subwallet, 32).StoreUInt((ulong)validUntil.ToUnixTimeSeconds(), 32).StoreUInt(seqno, 32);
        foreach (var (message, mode) in messages) unsigned.StoreUInt(mode, 8).StoreReference(message);
        var body = new CellBuilder().StoreBytes(WalletContract.Sign(_key, unsigned)).StoreSlice(unsigned.Build().BeginParse()).Build();
        return WalletContract.Wrap(this, body, includeStateInit);
    }
}
