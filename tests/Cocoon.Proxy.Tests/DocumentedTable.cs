using Cocoon.Testing;

namespace Cocoon.Proxy.Tests;

/// <summary>A table of docs/protocol/proxy.md, which is what the tests of its cells are made from.</summary>
internal static class DocumentedTable
{
    /// <summary>The cells under a heading: event, state, what comes of it.</summary>
    public static TheoryData<string, string, string> Read(string heading)
    {
        var cells = new TheoryData<string, string, string>();
        var lines = File.ReadLines(NodeModules.Find("docs/protocol/proxy.md"))
            .SkipWhile(line => line != "## " + heading).Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
            .Where(line => line.StartsWith('|')).Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries)).ToArray();
        foreach (var row in lines.Skip(2))
        {
            for (var column = 1; column < row.Length; column++)
                cells.Add(row[0].Replace("`", "", StringComparison.Ordinal), lines[0][column], row[column].Trim('`'));
        }
        return cells;
    }

    /// <summary>Checks that the table has a row for each event and a test for each row.</summary>
    public static void ShouldCover(this IEnumerable<string> events, string heading) =>
        Read(heading).Select(row => (string)row[0]).Distinct().Order().ShouldBe(events.Order());
}
