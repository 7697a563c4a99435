using Cocoon.Fuzz.Targets;

namespace Cocoon.Fuzz;

/// <summary>Attacks every state of every role, one after the other.</summary>
internal static class Campaign
{
    /// <summary>The roles under attack.</summary>
    public static IReadOnlyList<(string Name, Func<Task<Target>> Create)> Roles { get; } =
    [
        ("proxy, from its workers", async () => await ProxyWorkerSide.CreateAsync()),
        ("proxy, from its clients", async () => await ProxyClientSide.CreateAsync()),
        ("worker, from a proxy", async () => await WorkerTarget.CreateAsync()),
        ("client, from a proxy", async () => await ClientTarget.CreateAsync()),
    ];

    public static async Task<IReadOnlyList<StateResult>> RunAsync(FuzzOptions options, Action<StateResult> report)
    {
        Exception? unobserved = null;
        void Watch(object? sender, UnobservedTaskExceptionEventArgs args) => unobserved ??= args.Exception;
        TaskScheduler.UnobservedTaskException += Watch;
        var results = new List<StateResult>();
        try
        {
            foreach (var (name, create) in Roles.Where(role => options.Role is null || role.Name.Contains(options.Role, StringComparison.OrdinalIgnoreCase)))
            {
                await using var target = await create();
                foreach (var state in target.States.Where(state => options.State is null || state == options.State))
                {
                    var result = await new Attack(target, state, options, options.Time / (Roles.Count * target.States.Length)).RunAsync();
                    // What this state left behind comes up here, and not in the next.
                    GC.Collect();
                    GC.WaitForPendingFinalizers();
                    var lost = Interlocked.Exchange(ref unobserved, null);
                    if (result.Failure is null && lost is not null) result = result with { Failure = $"nobody looked at: {lost}" };
                    results.Add(result);
                    report(result);
                }
            }
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Watch;
        }
        return results;
    }
}
