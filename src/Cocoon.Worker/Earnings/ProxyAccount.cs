using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Registry;
using Cocoon.Contracts.Vouchers;
using Cocoon.Cryptography;
using Cocoon.Node.Configuration;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Worker.Earnings;

/// <summary>
/// What a worker has earned at one proxy: the counters the proxy told and the best voucher it gave. The voucher is on disk before it counts, so
/// earnings survive the loss of either side.
/// </summary>
public sealed class ProxyAccount
{
    private const string FilePrefix = "voucher-";
    private const string FileSuffix = ".boc";

    private readonly Lock _gate = new();
    private readonly StateFolder _folder;
    private readonly string _file;

    /// <summary>Opens the account, with the voucher an earlier process kept.</summary>
    public ProxyAccount(NetworkParameters parameters, TonAddress owner, TonAddress proxyContract, Ed25519PublicKey proxyKey, StateFolder folder)
    {
        ProxyContract = proxyContract;
        ProxyKey = proxyKey;
        Parameters = parameters;
        Channel = new WorkerContract(parameters, owner, proxyContract, proxyKey);
        _folder = folder;
        _file = FilePrefix + Channel.Address.Hash + FileSuffix;
        if (File.Exists(folder.File(_file)))
            Voucher = ReadFile(folder.File(_file)) is var (_, _, _, bytes) ? Check(bytes.Span) : null;
    }

    /// <summary>The proxy contract.</summary>
    public TonAddress ProxyContract { get; }

    /// <summary>The key that signs vouchers.</summary>
    public Ed25519PublicKey ProxyKey { get; }

    /// <summary>The parameters the channel was born with.</summary>
    public NetworkParameters Parameters { get; }

    /// <summary>This worker's contract with the proxy.</summary>
    public WorkerContract Channel { get; }

    /// <summary>The voucher with the highest counter, null before the first.</summary>
    public Voucher? Voucher { get; private set; }

    /// <summary>Tokens the proxy says are in its database.</summary>
    public AdjustedTokens Stored { get; private set; }

    /// <summary>Tokens the proxy says it has counted.</summary>
    public AdjustedTokens Max { get; private set; }

    /// <summary>Opens every account of which an earlier process kept a voucher; what cannot be read is left out and told to <paramref name="unreadable"/>.</summary>
    public static IReadOnlyList<ProxyAccount> LoadAll(TonAddress owner, StateFolder folder, Action<string, string> unreadable)
    {
        var accounts = new List<ProxyAccount>();
        foreach (var path in Directory.EnumerateFiles(folder.Path, FilePrefix + "*" + FileSuffix))
        {
            try
            {
                var (parameters, proxyContract, proxyKey, _) = ReadFile(path) ?? throw new CellFormatException("it is no kept voucher");
                var account = new ProxyAccount(parameters, owner, proxyContract, proxyKey, folder);
                if (account.Voucher is not null && Path.GetFileName(path) == account._file)
                    accounts.Add(account);
                else
                    unreadable(path, "its voucher is not one of this worker's");
            }
            catch (Exception exception) when (exception is FormatException or IOException or ArgumentException)
            {
                unreadable(path, exception.Message);
            }
        }
        return accounts;
    }

    /// <summary>All three counters.</summary>
    public EarningFigures Figures
    {
        get
        {
            lock (_gate) return new EarningFigures(Voucher?.Tokens ?? default, Stored, Max);
        }
    }

    /// <summary>Takes what a proxy tells. Counters here only rise: what is told in messages and what is told in answers may cross on the way.</summary>
    /// <param name="voucherBytes">The voucher.</param>
    /// <param name="stored">Tokens in the proxy's database.</param>
    /// <param name="max">Tokens it has counted.</param>
    /// <param name="told">What it told before in the same order, which this replaces.</param>
    /// <returns>Null, or what is wrong; then nothing was taken.</returns>
    /// <exception cref="IOException">The voucher cannot be kept.</exception>
    public string? Update(ReadOnlyMemory<byte> voucherBytes, long stored, long max, ref EarningFigures told)
    {
        var verdict = Contracts.Vouchers.Voucher.Check(voucherBytes.Span, VoucherKind.WorkerPayout, Channel.Address, ProxyKey, out var voucher);
        if (!verdict.IsValid || voucher is null)
            return $"the voucher fails the check {verdict.Failed}: {verdict.Reason}";
        if (voucher.Tokens < told.Signed)
            return $"the voucher says {voucher.Tokens} tokens, an earlier one said {told.Signed}";
        if (stored < told.Stored.Value || max < told.Max.Value)
            return $"the counters went from {told.Stored}/{told.Max} to {stored}/{max}";
        if (stored > max)
            return $"it stored {stored} tokens of {max} counted";
        lock (_gate)
        {
            if (Voucher is null || voucher.Tokens > Voucher.Tokens)
            {
                if (voucher.Tokens.Value > 0)
                    _folder.WriteAtomically(_file, ToFile(voucher));
                Voucher = voucher;
            }
            told = new EarningFigures(voucher.Tokens, new AdjustedTokens(stored), new AdjustedTokens(max));
            Stored = new AdjustedTokens(Math.Max(stored, Stored.Value));
            Max = new AdjustedTokens(Math.Max(max, Max.Value));
        }
        return null;
    }

    /// <summary>Takes what a proxy tells at the start of a session: what it had counted but not stored may be lost by then.</summary>
    /// <inheritdoc cref="Update"/>
    public string? Reconcile(ReadOnlyMemory<byte> voucherBytes, long stored, long max)
    {
        var told = Figures with { Max = Stored };
        var problem = Update(voucherBytes, stored, max, ref told);
        if (problem is null)
        {
            lock (_gate) Max = told.Max;
        }
        return problem;
    }

    // The file holds all that is needed to claim the earnings: parameters with the contract's code, the proxy, its key, the voucher.
    private byte[] ToFile(Voucher voucher) => BagOfCells.Serialize(new CellBuilder()
        .StoreBits(ProxyKey.Bits).StoreAddress(ProxyContract).StoreReference(Parameters.ToCell()).StoreReference(voucher.ToCell()).Build());

    private static (NetworkParameters Parameters, TonAddress ProxyContract, Ed25519PublicKey ProxyKey, ReadOnlyMemory<byte> Voucher)? ReadFile(string path)
    {
        try
        {
            var slice = BagOfCells.Deserialize(File.ReadAllBytes(path)).BeginParse();
            var key = new Ed25519PublicKey(slice.LoadBits256());
            var proxy = slice.LoadStdAddress();
            var parameters = NetworkParameters.Decode(slice.LoadReference());
            return (parameters, proxy, key, BagOfCells.Serialize(slice.LoadReference()));
        }
        catch (CellFormatException)
        {
            return null;
        }
    }

    private Voucher? Check(ReadOnlySpan<byte> bytes) =>
        Contracts.Vouchers.Voucher.Check(bytes, VoucherKind.WorkerPayout, Channel.Address, ProxyKey, out var voucher).IsValid ? voucher : null;
}
