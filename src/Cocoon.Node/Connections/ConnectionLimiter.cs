using System.Net;

namespace Cocoon.Node.Connections;

/// <summary>Bounds how many connections are open at once, in all and from one address.</summary>
public sealed class ConnectionLimiter(int maxConnections, int maxPerAddress)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _perAddress = [];
    private int _total;

    /// <summary>Counts a connection in. Returns null, or why it is refused (then <see cref="Leave"/> is not called).</summary>
    public string? TryEnter(IPAddress? address)
    {
        lock (_gate)
        {
            if (_total >= maxConnections)
                return $"{_total} connections are open, {maxConnections} are allowed.";
            if (address is not null)
            {
                var open = _perAddress.GetValueOrDefault(address);
                if (open >= maxPerAddress)
                    return $"{open} connections from {address} are open, {maxPerAddress} are allowed.";
                _perAddress[address] = open + 1;
            }
            _total++;
            return null;
        }
    }

    /// <summary>Counts a connection out.</summary>
    public void Leave(IPAddress? address)
    {
        lock (_gate)
        {
            _total--;
            if (address is null)
                return;
            if (_perAddress[address] == 1)
                _perAddress.Remove(address);
            else
                _perAddress[address]--;
        }
    }
}
