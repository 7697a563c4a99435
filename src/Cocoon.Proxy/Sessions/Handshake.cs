using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;

namespace Cocoon.Proxy.Sessions;

/// <summary>What both handshakes have in common.</summary>
internal static class Handshake
{
    /// <summary>The newest protocol version of the network this proxy speaks.</summary>
    public const int MaxVersion = 2;

    /// <summary>Checks the test flag and chooses the newest version both sides speak.</summary>
    public static int Agree(ProxyCore core, bool isTest, int? min, int? max)
    {
        if (isTest != core.Identity.Parameters.IsTest)
            throw new SessionQueryException(ErrorCodes.Error, $"test mode mismatch: found {isTest}, wanted {core.Identity.Parameters.IsTest}");
        var (low, high) = (min ?? 0, max ?? 0);
        if (low < 0 || low > high || low > MaxVersion)
            throw new SessionQueryException(ErrorCodes.ProtocolViolation, $"cannot choose common protocol version: found {low} to {high}, wanted 0 to {MaxVersion}");
        return Math.Min(high, MaxVersion);
    }

    /// <summary>What this proxy says of itself.</summary>
    public static ProxyParams Params(ProxyCore core, int version) => new(
        core.Identity.Key.PublicKey.Bits,
        core.Node.Text(core.Identity.Owner),
        core.Node.Text(core.Identity.Contract.Address),
        core.Identity.Parameters.IsTest,
        version > 0 ? version : null);
}
