using System.Net;
using System.Net.Sockets;

namespace Cocoon.Node.Connections;

/// <summary>Bounds how many connections are open at once, in all and from one address. An IPv6 network of 64 bits counts as one address.</summary>
public sealed class ConnectionLimiter(int maxConnections, int maxPerAddress)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _perAddress = [];
    private int _total;

    /// <summary>Counts a connection in. Returns null, or why it is refused (then <see cref="Leave"/> is not called).</summary>
    public string? TryEnter(IPAddress? address)
    {
        address = Owner(address);
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
        address = Owner(address);
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

    // One subscriber holds 2^64 IPv6 addresses.
    private static IPAddress? Owner(IPAddress? address)
    {
        if (address is not { AddressFamily: AddressFamily.InterNetworkV6 })
            return address;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}
