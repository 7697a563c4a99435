using Cocoon.Contracts.Registry;

namespace Cocoon.Node.Connections;

/// <summary>Which of the registry's proxies are in use, and who is next; the order is random, so that nodes spread over them.</summary>
internal sealed class ProxyTurns
{
    private readonly Lock _gate = new();
    private readonly List<RegisteredProxy> _used = [];
    private readonly Queue<RegisteredProxy> _waiting;

    public ProxyTurns(IEnumerable<RegisteredProxy> proxies) => _waiting = new Queue<RegisteredProxy>(Shuffle(proxies));

    /// <summary>Takes the next proxy. No more may be taken at once than there are.</summary>
    public RegisteredProxy Take()
    {
        lock (_gate)
        {
            var proxy = _waiting.Dequeue();
            _used.Add(proxy);
            return proxy;
        }
    }

    /// <summary>Puts a proxy behind all others.</summary>
    public void Return(RegisteredProxy proxy)
    {
        lock (_gate)
        {
            _used.Remove(proxy);
            _waiting.Enqueue(proxy);
        }
    }

    /// <summary>Takes over the registry's new list; false when a proxy in use is not in it any more.</summary>
    public bool TryUpdate(IReadOnlyCollection<RegisteredProxy> listed)
    {
        lock (_gate)
        {
            if (!_used.TrueForAll(listed.Contains))
                return false;
            var kept = _waiting.Where(listed.Contains).ToList();
            _waiting.Clear();
            foreach (var proxy in kept.Concat(Shuffle(listed.Except(kept).Except(_used)))) _waiting.Enqueue(proxy);
            return true;
        }
    }

    private static RegisteredProxy[] Shuffle(IEnumerable<RegisteredProxy> proxies)
    {
        var shuffled = proxies.ToArray();
        System.Security.Cryptography.RandomNumberGenerator.Shuffle<RegisteredProxy>(shuffled);
        return shuffled;
    }
}
