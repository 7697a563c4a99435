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

    /// <summary>The newest between peers of this implementation. Until it gets something of its own it reads as <see cref="Timings"/>.</summary>
    public const int Newest = 3;

    /// <summary>The version to speak with a peer that announces a range; null when there is none in common.</summary>
    /// <param name="oldest">The oldest the peer speaks; null counts as <see cref="Original"/>.</param>
    /// <param name="newest">The newest the peer speaks; null counts as <see cref="Original"/>.</param>
    public static int? Choose(int? oldest, int? newest)
    {
        var (low, high) = (oldest ?? Original, newest ?? Original);
        return low < Original || low > high || low > Newest ? null : Math.Min(high, Newest);
    }
}
