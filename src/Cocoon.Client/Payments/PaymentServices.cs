using Cocoon.Ton;
using Cocoon.Ton.Chain;
using Microsoft.Extensions.Logging;

namespace Cocoon.Client.Payments;

/// <summary>What all payment channels of a client share.</summary>
internal sealed record PaymentServices
{
    public required IPaymentWallet Wallet { get; init; }

    public required ITonChain Chain { get; init; }

    public required TopUpBudget Budget { get; init; }

    /// <summary>What the secrets that proxies are shown are derived from, as text.</summary>
    public required string MasterSecret { get; init; }

    public required bool AutomaticTopUp { get; init; }

    /// <summary>The version of the network's parameters now.</summary>
    public required Func<uint> ParametersVersion { get; init; }

    /// <summary>How often contracts are looked at.</summary>
    public required TimeSpan Poll { get; init; }

    public required Func<TonAddress, string> Text { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILoggerFactory Loggers { get; init; }
}
