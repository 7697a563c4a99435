using Cocoon.Attestation;
using Cocoon.Protocol.ProofOfWork;
using Microsoft.AspNetCore.Connections;

namespace Cocoon.Node.Connections;

/// <summary>
/// The layers of a public port, the same on both ends: proof of work, then attested TLS, then whatever speaks over it. What the peer proved
/// is the connection's <see cref="PeerEvidence"/> feature; fresh evidence is exchanged through its <see cref="IEvidenceExchange"/>.
/// </summary>
public static class PeerPipeline
{
    /// <summary>The layers for accepted connections.</summary>
    /// <param name="tls">Makes the attested connection; its policy judges the peer.</param>
    /// <param name="difficulty">The work asked of the peer, in leading zero bits.</param>
    /// <param name="workTimeout">How long the peer may take for it.</param>
    /// <param name="time">The clock of timeouts.</param>
    /// <param name="serve">What speaks over the connection.</param>
    public static ConnectionDelegate Accept(
        AttestedTls tls, int difficulty, TimeSpan workTimeout, TimeProvider time, ConnectionDelegate serve) => async connection =>
    {
        await ProofOfWork.ServerAsync(connection.Transport, difficulty, workTimeout, time, connection.ConnectionClosed).ConfigureAwait(false);
        var attested = await tls.AuthenticateAsServerAsync(connection.Transport, connection.ConnectionClosed).ConfigureAwait(false);
        await ServeAsync(connection, attested, serve).ConfigureAwait(false);
    };

    /// <summary>The layers for dialled connections.</summary>
    /// <param name="tls">Makes the attested connection; its policy judges the peer.</param>
    /// <param name="maxDifficulty">The hardest work that is done, in leading zero bits.</param>
    /// <param name="workTimeout">How long it may take.</param>
    /// <param name="time">The clock of timeouts.</param>
    /// <param name="serve">What speaks over the connection.</param>
    public static ConnectionDelegate Dial(
        AttestedTls tls, int maxDifficulty, TimeSpan workTimeout, TimeProvider time, ConnectionDelegate serve) => async connection =>
    {
        await ProofOfWork.ClientAsync(connection.Transport, maxDifficulty, workTimeout, time, connection.ConnectionClosed).ConfigureAwait(false);
        var attested = await tls.AuthenticateAsClientAsync(connection.Transport, connection.ConnectionClosed).ConfigureAwait(false);
        await ServeAsync(connection, attested, serve).ConfigureAwait(false);
    };

    private static async Task ServeAsync(ConnectionContext connection, AttestedConnection attested, ConnectionDelegate serve)
    {
        var raw = connection.Transport;
        await using (attested.ConfigureAwait(false))
        {
            connection.Features.Set(attested.Peer);
            connection.Features.Set<IEvidenceExchange>(attested);
            connection.Transport = attested;
            try
            {
                await serve(connection).ConfigureAwait(false);
            }
            finally
            {
                connection.Transport = raw;
            }
        }
    }
}
