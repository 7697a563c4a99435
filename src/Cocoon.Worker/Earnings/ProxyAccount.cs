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
        _file = $"voucher-{Channel.Address.Hash}.boc";
        if (File.Exists(folder.File(_file)) && Check(File.ReadAllBytes(folder.File(_file))) is { } kept)
            Voucher = kept;
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

    /// <summary>Takes what a proxy tells. Returns null, or what is wrong with it; then nothing was taken.</summary>
    public string? Update(ReadOnlyMemory<byte> voucherBytes, long stored, long max)
    {
        var verdict = Contracts.Vouchers.Voucher.Check(voucherBytes.Span, VoucherKind.WorkerPayout, Channel.Address, ProxyKey, out var voucher);
        if (!verdict.IsValid || voucher is null)
            return $"the voucher fails the check {verdict.Failed}: {verdict.Reason}";
        lock (_gate)
        {
            if (Voucher is not null && voucher.Tokens < Voucher.Tokens)
                return $"the voucher says {voucher.Tokens} tokens, an earlier one said {Voucher.Tokens}";
            if (stored < Stored.Value || max < Max.Value || stored > max)
                return $"the counters went from {Stored}/{Max} to {stored}/{max}";
            if (Voucher is null || voucher.Tokens > Voucher.Tokens)
            {
                if (voucher.Tokens.Value > 0)
                    _folder.WriteAtomically(_file, voucherBytes.Span);
                Voucher = voucher;
            }
            Stored = new AdjustedTokens(stored);
            Max = new AdjustedTokens(max);
            return null;
        }
    }

    private Voucher? Check(byte[] bytes)
    {
        try
        {
            return Contracts.Vouchers.Voucher.Check(bytes, VoucherKind.WorkerPayout, Channel.Address, ProxyKey, out var voucher).IsValid ? voucher : null;
        }
        catch (CellFormatException)
        {
            return null;
        }
    }
}
