using System.Net;
using System.Net.Sockets;
using Cocoon.Node.Connections;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Router.Configuration;

namespace Cocoon.Router.Tests;

/// <summary>Routers over loopback with easy work, and plain programs at both ends.</summary>
internal sealed class RouterBench(TimeProvider time) : IAsyncDisposable
{
    public const int Difficulty = 4;

    private readonly List<IAsyncDisposable> _open = [];
    private readonly List<Socket> _sockets = [];

    public LogList Log { get; } = new();

    public TimeProvider Time => time;

    public static RouterPortOptions Socks(string policy) => new() { Kind = "socks5", Policy = policy };

    public static RouterPortOptions Forward(IPEndPoint peer, string policy, bool peerInfo = true) =>
        new() { Kind = "forward", Destination = peer.ToString(), Policy = policy, PeerInfo = peerInfo };

    public static RouterPortOptions Reverse(IPEndPoint backend, string policy, bool peerInfo = true) => new()
    {
        Kind = "reverse",
        ListenAddress = "127.0.0.1",
        Destination = backend.ToString(),
        Policy = policy,
        PeerInfo = peerInfo,
        ProofOfWorkDifficulty = Difficulty,
    };

    public async Task<RouterNode> StartAsync(string evidence, Action<RouterOptions>? configure, params RouterPortOptions[] ports)
    {
        var options = new RouterOptions { Evidence = evidence, Test = true, Ports = [.. ports] };
        configure?.Invoke(options);
        var router = await RouterNode.StartAsync(options, time, Log, default);
        _open.Add(router);
        return router;
    }

    /// <summary>One port of a router of its own.</summary>
    public async Task<IPEndPoint> OpenAsync(string evidence, RouterPortOptions port, Action<RouterOptions>? configure = null) =>
        (await StartAsync(evidence, configure, port)).EndPoints[0];

    /// <summary>A program that listens.</summary>
    public Socket Listen()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(socket);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        return socket;
    }

    /// <summary>A program that dials.</summary>
    public async Task<NetworkStream> DialAsync(IPEndPoint endPoint)
    {
        var socket = await TcpDial.ConnectAsync(endPoint.Address.ToString(), endPoint.Port, Eventually.Patience, TimeProvider.System, default);
        _sockets.Add(socket);
        return new NetworkStream(socket, ownsSocket: true);
    }

    public async Task<NetworkStream> AcceptAsync(Socket listener)
    {
        var socket = await listener.AcceptAsync().WaitAsync(Eventually.Patience);
        _sockets.Add(socket);
        return new NetworkStream(socket, ownsSocket: true);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var socket in _sockets) socket.Dispose();
        foreach (var open in _open) await open.DisposeAsync().AsTask().WaitAsync(Eventually.Patience);
        Log.Dispose();
    }
}
