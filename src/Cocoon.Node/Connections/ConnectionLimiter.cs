using System.Net;
using System.Net.Sockets;

namespace Cocoon.Node.Connections;

/// <summary>
/// Bounds how many connections are open at once, in all and from one address, and how many one address opens in a minute. An IPv6 network of
/// 64 bits counts as one address.
/// </summary>
/// <param name="maxConnections">Open connections in all.</param>
/// <param name="maxPerAddress">Open connections from one address.</param>
/// <param name="maxNewPerMinute">Connections that one address may open in each minute of the clock; 0 sets no limit.</param>
/// <param name="time">The clock of that minute.</param>
public sealed class ConnectionLimiter(int maxConnections, int maxPerAddress, int maxNewPerMinute, TimeProvider time)
{
    // An attacker with more addresses than this shares one count among those that came last.
    private const int MaxCountedAddresses = 65536;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _perAddress = [];
    private readonly Dictionary<IPAddress, int> _newPerAddress = [];
    private long _minuteSince = time.GetTimestamp();
    private int _total;

    /// <summary>The same limit of connections in all, whatever addresses they come from.</summary>
    public ConnectionLimiter WithoutAddresses() => new(maxConnections, maxConnections, 0, time);

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
                if (maxNewPerMinute > 0 && !TryCountNew(address))
                    return $"{maxNewPerMinute} connections from {address} were opened in this minute, more are not allowed.";
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

    private bool TryCountNew(IPAddress address)
    {
        if (time.GetElapsedTime(_minuteSince) >= Minute)
        {
            _minuteSince = time.GetTimestamp();
            _newPerAddress.Clear();
        }
        if (_newPerAddress.Count >= MaxCountedAddresses && !_newPerAddress.ContainsKey(address))
            address = IPAddress.None;
        var opened = _newPerAddress.GetValueOrDefault(address);
        if (opened >= maxNewPerMinute)
            return false;
        _newPerAddress[address] = opened + 1;
        return true;
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
