using Cocoon.Cryptography;
using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Wallets;

/// <summary>The wallet contract version 5, revision 1 ("W5"): up to 255 messages a transfer.</summary>
public sealed class WalletV5R1 : IWallet
{
    /// <summary>The id of the main network.</summary>
    public const int Mainnet = -239;

    /// <summary>The id of the test network.</summary>
    public const int Testnet = -3;

    private const uint SignedExternal = 0x7369676e;
    private const uint ActionSendMessage = 0x0ec3c86d;
    private const byte IgnoreErrors = 2;
    private const int MaxMessages = 255;

    private readonly Ed25519PrivateKey _key;
    private readonly uint _walletId;

    /// <summary>Creates the wallet of a key. The key stays the caller's and must live as long as the wallet is used.</summary>
    /// <param name="key">The owner's key.</param>
    /// <param name="networkId"><see cref="Mainnet"/> or <see cref="Testnet"/>; the address depends on it.</param>
    /// <param name="workchain">0, or -1 for the masterchain.</param>
    /// <param name="subwallet">0 to 32767: tells wallets of the same key apart.</param>
    public WalletV5R1(Ed25519PrivateKey key, int networkId = Mainnet, sbyte workchain = 0, int subwallet = 0)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentOutOfRangeException.ThrowIfNegative(subwallet);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(subwallet, 0x7fff);
        _key = key;
        // The id is bound to the network: one bit 1, workchain, version 0, subwallet number, all XORed with the network's id.
        _walletId = (1u << 31 | (uint)(byte)workchain << 23 | (uint)subwallet) ^ (uint)networkId;
        StateInit = new StateInit(
            WalletContract.V5R1Code,
            new CellBuilder().StoreBit(true).StoreUInt(0, 32).StoreUInt(_walletId, 32).StoreBits(key.PublicKey.Bits).StoreBit(false).Build());
        Address = StateInit.Address(workchain);
    }

    /// <inheritdoc/>
    public string Version => "v5r1";

    /// <inheritdoc/>
    public TonAddress Address { get; }

    /// <inheritdoc/>
    public StateInit StateInit { get; }

    /// <inheritdoc cref="IWallet.ReadSeqno"/>
    public static uint ReadSeqno(Cell? data)
    {
        if (data is null) return 0;
        var slice = data.BeginParse();
        slice.SkipBits(1);
        return (uint)slice.LoadUInt(32);
    }

    uint IWallet.ReadSeqno(Cell? data) => ReadSeqno(data);

    /// <inheritdoc/>
    /// <remarks>The contract takes external transfers only with the send mode bit 2 (ignore errors), so that bit is always added.</remarks>
    public Cell CreateTransfer(uint seqno, DateTimeOffset validUntil, IReadOnlyList<OutgoingMessage> messages, bool includeStateInit)
    {
        WalletContract.CheckCount(messages, MaxMessages);
        Cell? actions = null;
        foreach (var (message, mode) in messages)
        {
            actions = new CellBuilder().StoreReference(actions ?? Cell.Empty)
                .StoreUInt(ActionSendMessage, 32).StoreUInt((byte)(mode | IgnoreErrors), 8).StoreReference(message).Build();
        }
        var body = new CellBuilder()
            .StoreUInt(SignedExternal, 32).StoreUInt(_walletId, 32)
            .StoreUInt((ulong)validUntil.ToUnixTimeSeconds(), 32).StoreUInt(seqno, 32)
            .StoreMaybeReference(actions).StoreBit(false);
        body.StoreBytes(WalletContract.Sign(_key, body));
        return WalletContract.Wrap(this, body.Build(), includeStateInit);
    }
}
