using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Sessions;

/// <summary>What a session calls for what its peer sends.</summary>
public interface ISessionHandler
{
    /// <summary>The handshake is done. Called once, before anything else and before the session is given to whoever opened it.</summary>
    void OnReady(Session session)
    {
    }

    /// <summary>
    /// Answers a query. Queries and messages are begun in the order in which they came: a query when the messages before it have been dealt
    /// with, and what a handler does before its first wait is done before anything behind it is begun. Several queries may wait at the same
    /// time, and none holds up what comes behind it; so a handler must not block its thread.
    /// </summary>
    /// <param name="function">The function, decoded; one of those the schema declares, not necessarily one that is expected here.</param>
    /// <param name="cancellationToken">Cancelled when the session ends.</param>
    /// <returns>The result, of the type that the schema gives the function.</returns>
    /// <exception cref="SessionQueryException">The query is refused; code and message go to the peer. Of any other exception the peer learns nothing.</exception>
    ValueTask<ITlObject> OnQueryAsync(ITlObject function, CancellationToken cancellationToken);

    /// <summary>The answer to a query has been written: whatever is sent from here on reaches the peer behind it.</summary>
    /// <param name="function">The query that was answered and not refused.</param>
    void OnAnswered(ITlObject function)
    {
    }

    /// <summary>
    /// Takes a one-way message. What comes behind it, messages and queries, is begun when it has been dealt with, so a handler that waits makes
    /// the peer wait, and must not wait for anything that the peer does only after an answer of this side.
    /// An exception ends the session.
    /// </summary>
    /// <param name="message">The message, decoded; its byte strings may be kept.</param>
    /// <param name="cancellationToken">Cancelled when the session ends.</param>
    ValueTask OnMessageAsync(ITlObject message, CancellationToken cancellationToken);
}
