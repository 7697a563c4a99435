namespace Cocoon.Protocol.Sessions;

/// <summary>
/// The versions of the protocol between a proxy and the clients and workers that dial it. The dialler announces a range, the proxy
/// chooses the newest version of it that it speaks.
/// </summary>
public static class ProtocolVersions
{
    /// <summary>What a peer speaks that announces nothing: answers in the old constructors.</summary>
    public const int Original = 0;

    /// <summary>From this version on answers come in the <c>…Ex</c> constructors, with totals in the last one. The oldest that diallers announce.</summary>
    public const int FinalInfo = 1;

    /// <summary>From this version on the totals carry the times at which proxy and worker began and ended. The newest of the network.</summary>
    public const int Timings = 2;

    /// <summary>
    /// From this version on both sides show evidence that was made for their connection, and evidence for a nonce when they are asked. Between peers of
    /// this implementation only, and only where this process ends the attested connection itself.
    /// </summary>
    public const int FreshEvidence = 3;

    /// <summary>The newest there is.</summary>
    public const int Newest = FreshEvidence;

    /// <summary>The newest that a connection can carry.</summary>
    /// <param name="exchangesEvidence">Whether this process can make and judge evidence for the connection.</param>
    public static int NewestOn(bool exchangesEvidence) => exchangesEvidence ? Newest : Timings;

    /// <summary>The version to speak with a peer that announces a range; null when there is none in common.</summary>
    /// <param name="oldest">The oldest the peer speaks; null counts as <see cref="Original"/>.</param>
    /// <param name="newest">The newest the peer speaks; null counts as <see cref="Original"/>.</param>
    /// <param name="own">The newest this side speaks on the connection.</param>
    public static int? Choose(int? oldest, int? newest, int own)
    {
        var (low, high) = (oldest ?? Original, newest ?? Original);
        return low < Original || low > high || low > own ? null : Math.Min(high, own);
    }
}
