using Cocoon.Testing;

namespace Cocoon.Proxy.Tests;

/// <summary>The tables of docs/protocol/proxy.md, which the tests of their cells are made from.</summary>
internal static class ProxyTable
{
    private const string File = "docs/protocol/proxy.md";

    /// <summary>The cells under a heading: event, state, what comes of it.</summary>
    public static TheoryData<string, string, string> Read(string heading)
    {
        var cells = new TheoryData<string, string, string>();
        foreach (var (row, column, cell) in DocumentedTable.Cells(File, heading)) cells.Add(row, column, cell);
        return cells;
    }

    /// <summary>Checks that the table has a row for each event and a test for each row.</summary>
    public static void ShouldCover(this IEnumerable<string> events, string heading) =>
        DocumentedTable.Cells(File, heading).Select(cell => cell.Row).Distinct().Order().ShouldBe(events.Order());
}
