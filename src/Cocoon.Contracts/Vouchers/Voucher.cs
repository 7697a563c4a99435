using Cocoon.Contracts.Economics;
using Cocoon.Cryptography;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Vouchers;

/// <summary>
/// A signed payment: a promise of the proxy that a contract keeps when anybody brings it. The proxy's key signs the representation hash
/// of the payload cell; the address that gets the excess of the submitting message is not signed, and whoever submits may replace it.
/// There is no expiry: a higher counter on chain, or a later state of the contract, makes a voucher worthless (Cocoon contracts).
/// </summary>
public sealed class Voucher
{
    private const int OpBits = 32;
    private const int QueryIdBits = 64;
    private const int SignatureSize = Ed25519PrivateKey.SignatureSize;

    private readonly byte[] _signature;

    private Voucher(VoucherKind kind, ulong queryId, AdjustedTokens tokens, TonAddress contract, TonAddress excess, byte[] signature, Cell payload)
    {
        Kind = kind;
        QueryId = queryId;
        Tokens = tokens;
        Contract = contract;
        Excess = excess;
        _signature = signature;
        Payload = payload;
    }

    /// <summary>What it allows.</summary>
    public VoucherKind Kind { get; }

    /// <summary>A number chosen at random by the signer; contracts do not remember it.</summary>
    public ulong QueryId { get; }

    /// <summary>The cumulative counter up to which is paid or charged; zero for the two kinds of a proxy, which have none.</summary>
    public AdjustedTokens Tokens { get; }

    /// <summary>The contract it is meant for.</summary>
    public TonAddress Contract { get; }

    /// <summary>Who gets the excess of the submitting message. Not signed.</summary>
    public TonAddress Excess { get; }

    /// <summary>The Ed25519 signature, 64 bytes.</summary>
    public ReadOnlyMemory<byte> Signature => _signature;

    /// <summary>The signed cell.</summary>
    public Cell Payload { get; }

    /// <summary>Whether vouchers of a kind carry a counter.</summary>
    public static bool HasCounter(VoucherKind kind) => kind is not (VoucherKind.ProxyClose or VoucherKind.ProxyCloseComplete);

    /// <summary>Makes and signs a voucher.</summary>
    /// <param name="kind">What it allows.</param>
    /// <param name="queryId">A random number.</param>
    /// <param name="tokens">The cumulative counter, zero for the two kinds of a proxy.</param>
    /// <param name="contract">The contract it is meant for.</param>
    /// <param name="excess">Who gets the excess unless the holder says otherwise.</param>
    /// <param name="proxyKey">The proxy's key.</param>
    /// <exception cref="ArgumentException">The kind is unknown, the counter negative, or given for a kind that has none.</exception>
    public static Voucher Sign(
        VoucherKind kind, ulong queryId, AdjustedTokens tokens, TonAddress contract, TonAddress excess, Ed25519PrivateKey proxyKey)
    {
        ArgumentNullException.ThrowIfNull(proxyKey);
        if (!Enum.IsDefined(kind))
            throw new ArgumentException($"{(uint)kind:x8} is no kind of voucher.", nameof(kind));
        if (tokens.Value < 0 || (!HasCounter(kind) && tokens != AdjustedTokens.Zero))
            throw new ArgumentException($"A voucher of kind {kind} cannot carry the counter {tokens}.", nameof(tokens));
        var payload = new CellBuilder().StoreUInt((uint)kind, OpBits).StoreUInt(queryId, QueryIdBits);
        if (HasCounter(kind))
            payload.StoreTokens(tokens);
        var cell = payload.StoreAddress(contract).Build();
        return new Voucher(kind, queryId, tokens, contract, excess, proxyKey.Sign(cell.Hash.ToArray()), cell);
    }

    /// <summary>Reads a voucher from a bag of cells without checking its signature.</summary>
    /// <exception cref="CellFormatException">The bytes are anything else, or the two cells contradict each other.</exception>
    public static Voucher Parse(ReadOnlySpan<byte> boc) => Load(BagOfCells.Deserialize(boc));

    /// <summary>Reads a voucher from its outer cell without checking its signature.</summary>
    /// <exception cref="CellFormatException">The cell is anything else, or the two cells contradict each other.</exception>
    public static Voucher Load(Cell cell)
    {
        var (voucher, contradiction) = Read(cell);
        return contradiction is null ? voucher : throw new CellFormatException(contradiction);
    }

    /// <summary>Reads a voucher from a peer's bytes and makes every check.</summary>
    /// <param name="boc">The bytes.</param>
    /// <param name="kind">The kind it has to be of.</param>
    /// <param name="contract">The contract it has to be meant for.</param>
    /// <param name="proxyKey">The key it has to be signed with.</param>
    /// <param name="voucher">The voucher if every check passed, else null.</param>
    public static VoucherVerdict Check(
        ReadOnlySpan<byte> boc, VoucherKind kind, TonAddress contract, Ed25519PublicKey proxyKey, out Voucher? voucher)
    {
        voucher = null;
        try
        {
            var (read, contradiction) = Read(BagOfCells.Deserialize(boc));
            if (contradiction is not null)
                return new VoucherVerdict(VoucherCheck.Header, contradiction);
            var verdict = read.Verify(kind, contract, proxyKey);
            if (verdict.IsValid)
                voucher = read;
            return verdict;
        }
        catch (CellFormatException e)
        {
            return new VoucherVerdict(VoucherCheck.Format, e.Message);
        }
    }

    /// <summary>Checks the voucher against what it has to be.</summary>
    /// <param name="kind">The kind it has to be of.</param>
    /// <param name="contract">The contract it has to be meant for.</param>
    /// <param name="proxyKey">The key it has to be signed with.</param>
    public VoucherVerdict Verify(VoucherKind kind, TonAddress contract, Ed25519PublicKey proxyKey)
    {
        if (Kind != kind)
            return new VoucherVerdict(VoucherCheck.Kind, $"The voucher is a {Kind}, wanted a {kind}.");
        if (Contract != contract)
            return new VoucherVerdict(VoucherCheck.Contract, $"The voucher is meant for {Contract}, wanted {contract}.");
        if (!proxyKey.Verify(Payload.Hash.ToArray(), _signature))
            return new VoucherVerdict(VoucherCheck.Signature, $"The voucher's signature is not one of the proxy key {proxyKey.Bits}.");
        return new VoucherVerdict(VoucherCheck.None, null);
    }

    /// <summary>The same voucher with another receiver of the excess, as its holder submits it.</summary>
    /// <param name="excess">An address in workchain 0 or -1: the contracts lose the payment if they cannot send to the address.</param>
    /// <exception cref="ArgumentException">The address is in another workchain.</exception>
    public Voucher WithExcess(TonAddress excess) => excess.Workchain is 0 or -1
        ? new Voucher(Kind, QueryId, Tokens, Contract, excess, _signature, Payload)
        : throw new ArgumentException($"The excess address is in workchain {excess.Workchain}, wanted 0 or -1.", nameof(excess));

    /// <summary>The outer cell: the body of the message that submits the voucher.</summary>
    public Cell ToCell() => new CellBuilder()
        .StoreUInt((uint)Kind, OpBits).StoreUInt(QueryId, QueryIdBits).StoreAddress(Excess).StoreBytes(_signature).StoreReference(Payload).Build();

    /// <summary>The outer cell as a bag of cells, as it travels between nodes.</summary>
    public byte[] ToBytes() => BagOfCells.Serialize(ToCell());

    private static (Voucher Voucher, string? Contradiction) Read(Cell cell)
    {
        ArgumentNullException.ThrowIfNull(cell);
        var outer = cell.Open();
        var outerOp = outer.LoadUInt(OpBits);
        var outerQueryId = outer.LoadUInt(QueryIdBits);
        var excess = outer.LoadStdAddress();
        var signature = outer.LoadBytes(SignatureSize);
        var payload = outer.LoadReference();
        outer.EnsureEnd();

        var slice = payload.Open();
        var op = slice.LoadUInt(OpBits);
        var kind = (VoucherKind)op;
        if (!Enum.IsDefined(kind))
            throw new CellFormatException($"The signed cell's operation is {op:x8}, which is no kind of voucher.");
        var queryId = slice.LoadUInt(QueryIdBits);
        var tokens = HasCounter(kind) ? slice.LoadTokens() : AdjustedTokens.Zero;
        var contract = slice.LoadStdAddress();
        slice.EnsureEnd();

        var contradiction = op != outerOp ? $"The signed cell's operation is {op:x8}, the outer one's is {outerOp:x8}."
            : queryId != outerQueryId ? $"The signed cell's query id is {queryId}, the outer one's is {outerQueryId}."
            : null;
        return (new Voucher(kind, queryId, tokens, contract, excess, signature, payload), contradiction);
    }
}
