using Cocoon.Attestation;
using Cocoon.Node.Connections;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;

namespace Cocoon.Proxy.Sessions;

/// <summary>What both handshakes have in common.</summary>
internal static class Handshake
{
    /// <summary>A refusal after which the connection is closed, as the network's handshakes have it.</summary>
    public static SessionQueryException Refuse(int code, string message) => new(code, message) { EndsSession = true };

    /// <summary>A refusal of a peer that breaks the rules.</summary>
    public static SessionQueryException Violation(string message) => Refuse(ErrorCodes.ProtocolViolation, message);

    /// <summary>Checks that both sides are on a test network or neither is.</summary>
    public static void CheckTest(ProxyCore core, bool isTest)
    {
        if (isTest != core.Identity.Parameters.IsTest)
            throw Refuse(ErrorCodes.Error, $"test mode mismatch: found {isTest}, wanted {core.Identity.Parameters.IsTest}");
    }

    /// <summary>The newest version both sides speak, which has to be one that carries the evidence that the policy demands.</summary>
    public static int Agree(int? min, int? max, IEvidenceExchange? exchange)
    {
        var newest = ProtocolVersions.NewestOn(exchange is not null);
        var version = ProtocolVersions.Choose(min, max, newest) ?? throw Violation(
            $"cannot choose common protocol version: found {min ?? 0} to {max ?? 0}, wanted {ProtocolVersions.Original} to {newest}");
        return version < ProtocolVersions.FreshEvidence && exchange?.FindRefusalOfAbsence() is { } refusal ? throw Violation(refusal) : version;
    }

    /// <summary>Judges the peer's evidence for this connection and gives the proxy's.</summary>
    public static async Task<AttestationEvidence> ExchangeAsync(IEvidenceExchange exchange, AttestationExchange shown, CancellationToken cancellationToken)
    {
        try
        {
            if (await exchange.FindRefusalAsync(EvidenceMessages.Read(shown.Evidence), cancellationToken).ConfigureAwait(false) is { } refusal)
                throw Violation($"the evidence for this connection was refused: {refusal}");
            return EvidenceMessages.Write(await exchange.ProveAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (AttestationException exception)
        {
            throw Violation($"the evidence for this connection cannot be exchanged: {exception.Message}");
        }
    }

    /// <summary>What this proxy says of itself.</summary>
    public static ProxyParams Params(ProxyCore core, int version) => new(
        core.Identity.Key.PublicKey.Bits,
        core.Text(core.Identity.Owner),
        core.Text(core.Identity.Contract.Address),
        core.Identity.Parameters.IsTest,
        version > ProtocolVersions.Original ? version : null);
}
