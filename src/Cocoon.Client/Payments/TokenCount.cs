using System.Numerics;
using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Vouchers;
using Cocoon.Cryptography;
using Cocoon.Protocol.Messages;
using Cocoon.Ton;
using Microsoft.Extensions.Logging;

namespace Cocoon.Client.Payments;

/// <summary>The tokens used through one payment channel: as the proxy counts them, in three tiers, and as this client can account for them.</summary>
internal sealed partial class TokenCount(TonAddress contract, Ed25519PublicKey proxyKey, ILogger logger)
{
    private readonly Lock _gate = new();
    private Voucher? _voucher;
    private long _stored;
    private long _max;
    private long? _baseline;
    private long _accounted;
    private long _inFlight;
    private int _badVouchers;

    /// <summary>The proxy's count in memory.</summary>
    public AdjustedTokens Max
    {
        get
        {
            lock (_gate) return new(_max);
        }
    }

    /// <summary>The proxy's count in its database.</summary>
    public AdjustedTokens Stored
    {
        get
        {
            lock (_gate) return new(_stored);
        }
    }

    /// <summary>The count of the newest voucher: what the proxy committed to the chain.</summary>
    public AdjustedTokens Committed
    {
        get
        {
            lock (_gate) return _voucher?.Tokens ?? default;
        }
    }

    /// <summary>How many tokens the proxy counts beyond what this client's own requests can have used.</summary>
    public long Unexplained
    {
        get
        {
            lock (_gate) return _baseline is { } baseline ? Math.Max(0, _max - Saturate(Saturate(baseline, _accounted), _inFlight)) : 0;
        }
    }

    /// <summary>Takes in figures from the proxy. Only increases count; a voucher that does not verify is dropped.</summary>
    public void Update(IProxySignedPayment payment, long stored, long max)
    {
        Voucher? voucher = null;
        if (payment is ProxySignedPayment signed)
        {
            var verdict = Voucher.Check(signed.Data.Span, VoucherKind.ClientCharge, contract, proxyKey, out voucher);
            // Every power of two, so that a proxy cannot fill the log.
            if (!verdict.IsValid && BitOperations.IsPow2(Interlocked.Increment(ref _badVouchers)))
                LogBadVoucher(contract, verdict.Failed, _badVouchers);
        }
        lock (_gate)
        {
            if (voucher is not null && (_voucher is null || voucher.Tokens > _voucher.Tokens))
                _voucher = voucher;
            _stored = Math.Max(Math.Max(_stored, stored), _voucher?.Tokens.Value ?? 0);
            _max = Math.Max(Math.Max(_max, max), _stored);
        }
    }

    /// <summary>
    /// Takes in the chain's counter. From the first look on the client keeps its own count: what the chain says later, a proxy may have
    /// charged for nothing.
    /// </summary>
    public void Charged(AdjustedTokens onChain)
    {
        lock (_gate)
        {
            _baseline ??= onChain.Value;
            _max = Math.Max(_max, onChain.Value);
        }
    }

    /// <summary>Takes the proxy's count for right.</summary>
    public void Accept()
    {
        var unexplained = Unexplained;
        lock (_gate) _baseline += unexplained;
    }

    /// <summary>A request was sent that can cost up to <paramref name="ceiling"/> adjusted tokens.</summary>
    public void Started(long ceiling)
    {
        lock (_gate) _inFlight = Saturate(_inFlight, ceiling);
    }

    /// <summary>A request ended; without a final count it is taken to have cost its ceiling.</summary>
    public void Ended(long ceiling, long? finalTokens)
    {
        lock (_gate)
        {
            _inFlight = Math.Max(0, _inFlight - ceiling);
            _accounted = Saturate(_accounted, finalTokens is { } tokens ? Math.Clamp(tokens, 0, ceiling) : ceiling);
        }
    }

    /// <summary>The newest voucher, if it says more than <paramref name="tokens"/>.</summary>
    public Voucher? VoucherAfter(AdjustedTokens tokens)
    {
        lock (_gate) return _voucher is { } voucher && voucher.Tokens > tokens ? voucher : null;
    }

    private static long Saturate(long left, long right) => right > long.MaxValue - left ? long.MaxValue : left + right;

    [LoggerMessage(LogLevel.Warning, "The proxy of payment channel {Channel} sent a voucher that fails the check of its {Check} ({Count} so far)")]
    private partial void LogBadVoucher(TonAddress channel, VoucherCheck check, int count);
}
