using Cocoon.Attestation;
using Cocoon.Client.Configuration;
using Cocoon.Client.Payments;
using Cocoon.Client.Telemetry;
using Cocoon.Contracts.Registry;
using Cocoon.Ton;
using Microsoft.Extensions.Logging;

namespace Cocoon.Client;

/// <summary>What the parts of a client share.</summary>
internal sealed record ClientServices
{
    public required ClientOptions Options { get; init; }

    /// <summary>The newest registry snapshot.</summary>
    public required Func<NetworkRegistry> Registry { get; init; }

    public required TonAddress RootContract { get; init; }

    /// <summary>Known images, to explain others.</summary>
    public ReferenceValues References { get; init; } = ReferenceValues.None;

    public required IPaymentWallet Wallet { get; init; }

    public required PaymentChannels Channels { get; init; }

    public required ClientMetrics Metrics { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILoggerFactory Loggers { get; init; }

    /// <summary>A random span between two.</summary>
    public Func<TimeSpan, TimeSpan, TimeSpan> Jitter { get; init; } = static (least, most) =>
        least + TimeSpan.FromMilliseconds(System.Security.Cryptography.RandomNumberGenerator.GetInt32((int)(most - least).TotalMilliseconds + 1));

    public string Text(TonAddress address) => address.ToFriendly(bounceable: false, testnet: Options.Network.Testnet);
}
