using System.Net;
using Cocoon.Devnet.Chain;
using Cocoon.Devnet.Executor;
using Cocoon.Devnet.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cocoon.Devnet;

/// <summary>A devnet in this process: the chain, its clock, the executor and the HTTP API on the loopback interface.</summary>
public sealed class DevnetServer : IAsyncDisposable
{
    private const int MaxConnections = 512;
    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(2);

    private readonly WebApplication _application;
    private readonly NodeSandboxExecutor _executor;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _clock;

    private DevnetServer(WebApplication application, NodeSandboxExecutor executor, DevnetChain chain)
    {
        _application = application;
        _executor = executor;
        Chain = chain;
        BaseAddress = new Uri(application.Urls.First());
        _clock = chain.RunAsync(_stop.Token);
    }

    /// <summary>The chain.</summary>
    public DevnetChain Chain { get; }

    /// <summary>Where the HTTP API listens, such as <c>http://127.0.0.1:4711/</c>; toncenter's API is under <c>api/v2/</c>.</summary>
    public Uri BaseAddress { get; }

    /// <summary>Opens or begins the chain, and serves it until disposed.</summary>
    /// <param name="options">What to run, and where.</param>
    /// <param name="time">The chain's clock; the executor and the sockets run in real time.</param>
    /// <param name="loggers">Where it tells what it does.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="IOException">The folder or the port is in use.</exception>
    /// <exception cref="InvalidDataException">The chain on disk is damaged.</exception>
    /// <exception cref="ExecutorException">Node.js or the emulator could not be run.</exception>
    public static async Task<DevnetServer> StartAsync(
        DevnetServerOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var chainOptions = new DevnetOptions { Folder = options.Folder, BlockInterval = options.BlockInterval };
        var executor = new NodeSandboxExecutor(options.Executor, loggers.CreateLogger<NodeSandboxExecutor>());
        DevnetChain? chain = null;
        WebApplication? application = null;
        try
        {
            chain = await DevnetChain.OpenAsync(chainOptions, executor, time, loggers.CreateLogger<DevnetChain>(), cancellationToken)
                .ConfigureAwait(false);
            application = Build(options.Port, loggers);
            application.MapDevnet(chain);
            await application.StartAsync(cancellationToken).ConfigureAwait(false);
            return new DevnetServer(application, executor, chain);
        }
        catch
        {
            if (application is not null) await application.DisposeAsync().ConfigureAwait(false);
            if (chain is not null) await chain.DisposeAsync().ConfigureAwait(false);
            await executor.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Stops serving and making blocks, and closes the chain; messages taken since the last block are lost, as a crash would lose them.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        // Leaving the method disposes of these, last first, whatever fails in it.
        using var stop = _stop;
        await using var executor = _executor.ConfigureAwait(false);
        await using var chain = Chain.ConfigureAwait(false);
        await using var application = _application.ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        using (var limit = new CancellationTokenSource(ShutdownLimit)) await _application.StopAsync(limit.Token).ConfigureAwait(false);
        await _clock.ConfigureAwait(false);
    }

    private static WebApplication Build(int port, ILoggerFactory loggers)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddRoutingCore();
        // The process belongs to the caller: no signal handlers, no words on its console.
        builder.Services.AddSingleton<IHostLifetime, CallerLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Listen(IPAddress.Loopback, port);
        });
        return builder.Build();
    }

    private sealed class CallerLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
