using Cocoon.Contracts.Codes;
using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Registry;
using Cocoon.Cryptography;
using Cocoon.Ton;

namespace Cocoon.Proxy.Tests;

/// <summary>Values that tests do not care about.</summary>
internal static class Some
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public static readonly NetworkParameters Parameters = new()
    {
        Version = 1,
        UniqueId = 7,
        IsTest = true,
        Price = new TokenPrice(2),
        WorkerFee = new TokenPrice(1),
        ProxyCloseDelay = TimeSpan.FromSeconds(600),
        ClientCloseDelay = TimeSpan.FromSeconds(300),
        ProxyCode = ContractCodes.Proxy,
        WorkerCode = ContractCodes.Worker,
        ClientCode = ContractCodes.Client,
    };

    public static TonAddress Address(int number)
    {
        var bytes = new byte[Bits256.Size];
        BitConverter.TryWriteBytes(bytes, number);
        bytes[31] = 1;
        return new TonAddress(0, new Bits256(bytes));
    }

    /// <summary>Waits for what other threads do.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Run(() => { });
        }
    }

    public static AdjustedTokens Tokens(long count) => new(count);
}
