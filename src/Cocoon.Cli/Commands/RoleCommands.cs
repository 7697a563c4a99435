using System.CommandLine;
using Cocoon.Client;
using Cocoon.Client.Configuration;
using Cocoon.Inference;
using Cocoon.Inference.Builtin;
using Cocoon.Inference.OpenAi;
using Cocoon.Node.Configuration;
using Cocoon.Proxy;
using Cocoon.Proxy.Configuration;
using Cocoon.Router;
using Cocoon.Router.Configuration;
using Cocoon.Worker;
using Cocoon.Worker.Configuration;
using Microsoft.Extensions.Logging;

namespace Cocoon.Cli.Commands;

/// <summary>The commands that run one role of the network, or its router, in this process.</summary>
internal static class RoleCommands
{
    public static Command CreateProxy() => Create<ProxyOptions>("proxy", "Runs a proxy: matches clients and workers, meters, and signs vouchers.", async (options, loggers, token) =>
    {
        var proxy = await ProxyNode.StartAsync(options, TimeProvider.System, loggers, token).ConfigureAwait(false);
        return (proxy, proxy.Completion);
    });

    public static Command CreateWorker() => Create<WorkerOptions>("worker", "Runs a worker: sells the tokens of an inference engine.", async (options, loggers, token) =>
    {
        var worker = await WorkerNode.StartAsync(options, CreateEngine(options), TimeProvider.System, loggers, token).ConfigureAwait(false);
        return (worker, worker.Completion);
    });

    public static Command CreateClient() => Create<ClientOptions>("client", "Runs a client: an OpenAI-compatible gateway on this machine.", async (options, loggers, token) =>
    {
        var client = await ClientNode.StartAsync(options, TimeProvider.System, loggers, token).ConfigureAwait(false);
        return (client, client.Completion);
    });

    public static Command CreateRouter() => Create<RouterOptions>("router", "Runs the network's router: proof of work and attested TLS for the programs of this machine.", async (options, loggers, token) =>
    {
        var router = await RouterNode.StartAsync(options, TimeProvider.System, loggers, token).ConfigureAwait(false);
        return (router, router.Completion);
    });

    private static Command Create<TOptions>(
        string name, string description, Func<TOptions, ILoggerFactory, CancellationToken, Task<(IAsyncDisposable Node, Task Completion)>> start)
        where TOptions : class, new()
    {
        var config = CommonOptions.Config();
        var set = CommonOptions.Set();
        var untilInputEnds = CommonOptions.UntilInputEnds();
        var command = new Command(name, description) { config, set, untilInputEnds };
        command.Run(async (parsed, cancellationToken) =>
        {
            var options = NodeConfiguration.Load<TOptions>(parsed.GetValue(config), CommonOptions.ParseOverrides(parsed.GetValue(set)!));
            using var loggers = ConsoleLogging.Create();
            using var stop = InputEnd.Link(parsed.GetValue(untilInputEnds), cancellationToken);
            var (node, completion) = await start(options, loggers, stop.Token).ConfigureAwait(false);
            await using (node.ConfigureAwait(false))
            {
                await completion.WaitAsync(stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (!stop.IsCancellationRequested)
                    await completion.ConfigureAwait(false);
            }
            return 0;
        });
        return command;
    }

    private static IEngine CreateEngine(WorkerOptions options)
    {
        var engine = options.Engine;
        if (engine.Kind == "openai")
            return new OpenAiEngine(new OpenAiEngineOptions { BaseAddress = new Uri(engine.Url), ApiKey = engine.ApiKey }, TimeProvider.System);
        if (engine.ModelFile is not { } file || !File.Exists(file))
            throw new ConfigurationException($"Engine.ModelFile: the builtin engine needs a GGUF file, found '{engine.ModelFile}'.");
        return BuiltinEngine.Load(file, new BuiltinEngineOptions { ModelName = options.Model.Split('@', 2)[0] }, TimeProvider.System);
    }
}
