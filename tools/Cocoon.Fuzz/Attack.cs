using System.Diagnostics;
using Cocoon.Testing;

namespace Cocoon.Fuzz;

/// <summary>Attacks one state of one role.</summary>
internal sealed class Attack(Target target, string state, FuzzOptions options, TimeSpan? time)
{
    private const int PacketsBetweenChecks = 1000;
    private const int MaxPacketsOfConnection = 300;
    private const int MaxGroup = 12;

    // What the collector and the runtime itself move, beside the tenth.
    private const long ManagedSlack = 1 << 20;
    private const long WorkingSetSlack = 8 << 20;

    private readonly SeededRandom _random = new(state.Aggregate(options.Seed, (hash, letter) => (hash * 31) + letter));
    private readonly Outcomes _outcomes = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private long _packets;
    private long _sessions;

    public async Task<StateResult> RunAsync()
    {
        var mutator = new Mutator(_random, target.Samples);
        (long Managed, long WorkingSet) before = default, after = default;
        string? failure = null;
        try
        {
            await target.CheckAsync();
            // Compiled code, pools and caches are there after a tenth.
            await SendAsync(mutator, Math.Max(options.Packets / 10, 1), time / 10);
            before = Measure();
            await SendAsync(mutator, options.Packets, time);
            after = Measure();
            if (options.Packets >= PacketsBetweenChecks * 10)
            {
                if (after.Managed > before.Managed * 11 / 10 + ManagedSlack) failure = $"managed memory grew from {before.Managed} to {after.Managed} bytes";
                else if (after.WorkingSet > before.WorkingSet * 11 / 10 + WorkingSetSlack) failure = $"the working set grew from {before.WorkingSet} to {after.WorkingSet} bytes";
            }
        }
        catch (Exception exception)
        {
            failure = exception is FuzzException ? $"{exception.Message} {exception.InnerException}".Trim() : exception.ToString();
        }
        return new StateResult(
            target.Role, state, _packets, _clock.Elapsed.TotalSeconds, _sessions, _outcomes.Ends, _outcomes.Replies, _outcomes.Kinds,
            before.Managed, after.Managed, before.WorkingSet, after.WorkingSet, failure);
    }

    private async Task SendAsync(Mutator mutator, long packets, TimeSpan? until)
    {
        while (_packets < packets && !(_clock.Elapsed > until))
        {
            for (var end = _packets + Math.Min(PacketsBetweenChecks, packets); _packets < end;) await ConnectAsync(mutator);
            await target.CheckAsync();
        }
    }

    private async Task ConnectAsync(Mutator mutator)
    {
        var link = await target.OpenAsync(state);
        _sessions++;
        var group = new List<Sample>();
        for (var sent = 0; sent < MaxPacketsOfConnection && !link.Closed;)
        {
            group.Clear();
            for (var left = _random.Next(2) == 0 ? 1 : 1 + _random.Next(MaxGroup); left > 0 && !link.Closed; left--)
            {
                group.Add(mutator.NextSample());
                await mutator.SendAsync(link, group[^1]);
            }
            sent += group.Count;
            _packets += group.Count;
            var alive = state != "connecting" && !link.Torn && await link.IsAliveAsync();
            if (alive) Note(mutator, group, link.TakeHappened());
            else break;
        }
        await target.ClosingAsync();
        var reason = await link.CloseAsync();
        _outcomes.Ended(reason);
        Note(mutator, group, [.. link.TakeHappened(), reason]);
        _outcomes.Replies += link.Replies;
    }

    private void Note(Mutator mutator, List<Sample> group, IReadOnlyList<string> happened)
    {
        if (happened.Contains(HostileLink.HandlerThrew))
            throw new FuzzException($"{HostileLink.HandlerThrew} at one of {string.Join(' ', group.Select(sample => $"{sample.Kind}:{Convert.ToHexStringLower(sample.Data)}"))}");
        if (happened.Count == 0 || !_outcomes.IsNew(happened)) return;
        foreach (var sample in group) mutator.Keep(sample);
    }

    private static (long Managed, long WorkingSet) Measure()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }
        using var process = Process.GetCurrentProcess();
        return (GC.GetTotalMemory(forceFullCollection: true), process.WorkingSet64);
    }
}
