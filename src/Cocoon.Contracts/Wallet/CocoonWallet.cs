using Cocoon.Cryptography;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;
using Cocoon.Ton.Wallets;

namespace Cocoon.Contracts.Wallet;

/// <summary>
/// A node's own wallet contract: the node's key sends from it, the owner's address can empty, block and command it. It refuses external
/// messages while it holds less than <see cref="MinimumBalance"/>.
/// </summary>
public sealed class CocoonWallet
{
    /// <summary>The most messages one external message can carry.</summary>
    public const int MaxMessages = 4;

    /// <summary>Derives the wallet.</summary>
    /// <param name="code">The wallet's code.</param>
    /// <param name="key">The key that signs external messages.</param>
    /// <param name="owner">Who may empty, block and command it.</param>
    public CocoonWallet(Cell code, Ed25519PublicKey key, TonAddress owner)
    {
        ArgumentNullException.ThrowIfNull(code);
        Key = key;
        StateInit = new StateInit(code, new CocoonWalletState { Key = key, Owner = owner }.ToCell());
        Address = StateInit.Address();
    }

    /// <summary>What the wallet must hold to accept an external message: 2 TON.</summary>
    public static Coins MinimumBalance => new(2_000_000_000);

    /// <summary>The key that signs external messages.</summary>
    public Ed25519PublicKey Key { get; }

    /// <summary>Code and initial data, attached to the first external message.</summary>
    public StateInit StateInit { get; }

    /// <summary>The address, in workchain 0.</summary>
    public TonAddress Address { get; }

    /// <summary>The signed body of an external message: the signature, then what it covers the hash of.</summary>
    /// <param name="key">The wallet's key.</param>
    /// <param name="seqno">The number the wallet expects.</param>
    /// <param name="validUntil">When the wallet stops to accept it, whole seconds.</param>
    /// <param name="messages">At most <see cref="MaxMessages"/> messages, sent in this order.</param>
    /// <exception cref="ArgumentException">The key is another wallet's, or there are too many messages.</exception>
    public Cell CreateBody(Ed25519PrivateKey key, uint seqno, DateTimeOffset validUntil, IReadOnlyList<OutgoingMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(messages);
        if (key.PublicKey != Key)
            throw new ArgumentException($"The key {key.PublicKey} is not the wallet's, {Key}.", nameof(key));
        if (messages.Count > MaxMessages)
            throw new ArgumentException($"Found {messages.Count} messages, at most {MaxMessages} fit.", nameof(messages));
        var signed = new CellBuilder().StoreUInt(0, 32).StoreTime(validUntil).StoreUInt(seqno, 32);
        foreach (var message in messages)
            signed.StoreUInt(message.Mode, 8).StoreReference(message.Message);
        var cell = signed.Build();
        return new CellBuilder().StoreBytes(key.Sign(cell.Hash.ToArray())).StoreSlice(cell.BeginParse()).Build();
    }

    /// <summary>A complete external message.</summary>
    /// <inheritdoc cref="CreateBody"/>
    /// <param name="key">The wallet's key.</param>
    /// <param name="seqno">The number the wallet expects.</param>
    /// <param name="validUntil">When the wallet stops to accept it, whole seconds.</param>
    /// <param name="messages">At most <see cref="MaxMessages"/> messages, sent in this order.</param>
    /// <param name="includeStateInit">Whether the wallet is deployed with it.</param>
    public Cell CreateExternalMessage(
        Ed25519PrivateKey key, uint seqno, DateTimeOffset validUntil, IReadOnlyList<OutgoingMessage> messages, bool includeStateInit) =>
        new ExternalInMessage
        {
            Destination = Address,
            StateInit = includeStateInit ? StateInit : null,
            Body = CreateBody(key, seqno, validUntil, messages),
        }.ToCell();
}
