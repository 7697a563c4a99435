using Cocoon.Cryptography;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;

namespace Cocoon.Devnet.Chain;

/// <summary>
/// The account that gives money away: a contract that sends the message any external message carries. Only the devnet sends it
/// external messages, so it needs no key.
/// </summary>
internal static class FaucetContract
{
    // SETCP0; DUP; IFNOTRET (internal messages just add to the balance); DROP; ACCEPT; 8 LDU; LDREF; ENDS; SWAP; SENDRAWMSG
    private static readonly byte[] Code = Convert.FromHexString("FF0020DD30F800D307D4D101FB00");

    private const ulong SendModePayFeesSeparately = 1;

    public static StateInit State { get; } = new(new CellBuilder().StoreBytes(Code).Build(), Cell.Empty);

    public static TonAddress Address { get; } = State.Address();

    /// <summary>Where the faucet's money comes from: the masterchain's zero address, which mints on the public network too.</summary>
    private static TonAddress Mint { get; } = new(-1, Bits256.Zero);

    /// <summary>The first message of the chain, which brings the faucet to life.</summary>
    public static Cell Genesis(Coins balance, uint unixTime) => new InternalMessage
    {
        Source = Mint,
        Destination = Address,
        Value = balance,
        Bounce = false,
        CreatedLt = 1,
        CreatedAt = unixTime,
        StateInit = State,
    }.ToCell();

    /// <summary>
    /// The external message that makes the faucet send <paramref name="amount"/>. It does not bounce: the receiver need not exist.
    /// </summary>
    public static Cell Request(TonAddress to, Coins amount)
    {
        var message = new InternalMessage { Destination = to, Value = amount, Bounce = false }.ToCell();
        var body = new CellBuilder().StoreUInt(SendModePayFeesSeparately, 8).StoreReference(message).Build();
        return new ExternalInMessage { Destination = Address, Body = body }.ToCell();
    }
}
