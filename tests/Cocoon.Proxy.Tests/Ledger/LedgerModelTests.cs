using Cocoon.Proxy.Ledger;
using FsCheck;
using FsCheck.Fluent;

namespace Cocoon.Proxy.Tests.Ledger;

public sealed class LedgerModelTests
{
    /// <summary>Any sequence of steps leaves the ledger and a plain sum over the list of what happened in agreement.</summary>
    [Fact]
    public void The_ledger_agrees_with_a_slow_obvious_one()
    {
        var step = from kind in Gen.Choose(0, 5)
                   from who in Gen.Choose(0, 2)
                   from amount in Gen.Choose(0, 60)
                   select (kind, who, amount);
        Prop.ForAll(step.ArrayOf(60).ToArbitrary(), steps => RunAsync(steps).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(25));
    }

    private static async Task RunAsync((int Kind, int Who, int Amount)[] steps)
    {
        using var folder = new TempFolder();
        var ledger = ProxyLedger.Open(folder.File("ledger.sqlite"), Some.Address(1000));
        var open = new List<(Reservation Reservation, int Client, int Amount)>();
        var settled = new List<(int Client, int Worker, int Tokens)>();
        var commits = new List<(StateCommit Commit, int Settled)>();
        var committed = 0;
        try
        {
            foreach (var (kind, who, amount) in steps)
            {
                switch (kind)
                {
                    case 0 or 1:
                        var free = 100 - settled.Where(entry => entry.Client == who).Sum(entry => entry.Tokens)
                            - open.Where(entry => entry.Client == who).Sum(entry => entry.Amount);
                        var reservation = ledger.TryReserve(Some.Address(who), Some.Tokens(amount), Some.Tokens(100), out var available);
                        available.ShouldBe(Some.Tokens(free));
                        (reservation is not null).ShouldBe(amount <= free);
                        if (reservation is not null) open.Add((reservation, who, amount));
                        break;
                    case 2 when open.Count > 0:
                        var done = open[amount % open.Count];
                        open.Remove(done);
                        await ledger.SettleAsync(done.Reservation, Some.Address(100 + who), Some.Tokens(done.Amount / 2));
                        settled.Add((done.Client, who, done.Amount / 2));
                        break;
                    case 3 when open.Count > 0:
                        ledger.Release(open[amount % open.Count].Reservation);
                        open.RemoveAt(amount % open.Count);
                        break;
                    case 4:
                        commits.Add((await ledger.BeginCommitAsync(), settled.Count));
                        break;
                    case 5 when who == 0:
                        await ledger.DisposeAsync();
                        ledger = ProxyLedger.Open(folder.File("ledger.sqlite"), Some.Address(1000));
                        open.Clear();
                        // What an earlier process announced is known, but covers nothing any more.
                        commits = [.. commits.Select(entry => (entry.Commit, 0))];
                        committed = 0;
                        break;
                    case 5 when commits.Count > 0:
                        var (commit, count) = commits[amount % commits.Count];
                        ledger.ConfirmCommit(commit).ShouldNotBeNull();
                        committed = Math.Max(committed, count);
                        break;
                }
                for (var i = 0; i < 3; i++)
                {
                    Agree(ledger.Read(LedgerSide.Client, Some.Address(i)), settled, entry => entry.Client == i, committed,
                        [.. open.Where(entry => entry.Client == i).Select(entry => entry.Amount)]);
                    Agree(ledger.Read(LedgerSide.Worker, Some.Address(100 + i)), settled, entry => entry.Worker == i, committed, []);
                }
            }
        }
        finally
        {
            await ledger.DisposeAsync();
        }
    }

    private static void Agree(
        AccountCounters found, List<(int Client, int Worker, int Tokens)> settled, Func<(int Client, int Worker, int Tokens), bool> own, int committed, int[] reserved)
    {
        var total = settled.Where(own).Sum(entry => entry.Tokens);
        var announced = settled.Take(committed).Where(own).Sum(entry => entry.Tokens);
        found.ShouldBe(new AccountCounters(Some.Tokens(total), Some.Tokens(total), Some.Tokens(announced), Some.Tokens(reserved.Sum()), reserved.Length));
    }
}
