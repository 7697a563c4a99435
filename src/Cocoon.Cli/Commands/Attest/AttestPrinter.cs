using Cocoon.Attestation.Facts;
using Spectre.Console;

namespace Cocoon.Cli.Commands.Attest;

/// <summary>Prints what evidence says and what came of its verification.</summary>
internal static class AttestPrinter
{
    public static void Print(string input, string kind, IReadOnlyList<EvidenceFact> facts, bool json)
    {
        if (json)
        {
            CommandRun.PrintJson(new { input, kind, facts });
            return;
        }
        var width = facts.Max(fact => fact.Name.Length);
        Console.Out.WriteLine($"{input}: {kind}, as it says itself; nothing was verified");
        foreach (var fact in facts) Console.Out.WriteLine($"  {fact.Name.PadRight(width)}  {fact.Value}");
    }

    public static void Print(string input, DateTimeOffset time, AttestVerdict verdict, bool json)
    {
        if (json)
        {
            CommandRun.PrintJson(new { input, verdict.Kind, verdict.Passed, time, verdict.Checks, verdict.Notes });
            return;
        }
        Console.Out.WriteLine($"{input}: {verdict.Kind} at {time.UtcDateTime:u}");
        foreach (var check in verdict.Checks)
        {
            var found = check.Found == check.Wanted ? check.Found : $"found {check.Found}, wanted {check.Wanted}";
            if (check.Passed) CommandRun.Results.MarkupLineInterpolated($"  [green]ok[/]      {check.Name}: {found}");
            else CommandRun.Results.MarkupLineInterpolated($"  [red]FAILED[/]  {check.Name}: {found}{(check.Advice.Length > 0 ? "; " + check.Advice : "")}");
        }
        foreach (var note in verdict.Notes) CommandRun.Results.MarkupLineInterpolated($"  [yellow]note[/]    {note}");
        var failed = verdict.Checks.Count(check => !check.Passed);
        Console.Out.WriteLine(failed == 0 ? $"All {verdict.Checks.Length} checks passed." : $"{failed} of {verdict.Checks.Length} checks failed.");
    }
}
