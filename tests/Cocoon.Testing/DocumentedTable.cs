namespace Cocoon.Testing;

/// <summary>A Markdown table of the documentation, whose every cell a test proves.</summary>
public static class DocumentedTable
{
    /// <summary>The cells of the first table below a heading, row by row; a dash says that a cell cannot come to be.</summary>
    /// <param name="file">The file, relative to the repository.</param>
    /// <param name="heading">The text of the heading.</param>
    public static IEnumerable<(string Row, string Column, string Cell)> Cells(string file, string heading)
    {
        var table = File.ReadLines(NodeModules.Find(file))
            .SkipWhile(line => !(line.StartsWith('#') && line.TrimStart('#', ' ') == heading))
            .SkipWhile(line => !line.StartsWith('|')).TakeWhile(line => line.StartsWith('|'))
            .Select(line => line[1..line.LastIndexOf('|')].Replace("`", "").Split('|').Select(cell => cell.Trim()).ToArray()).ToList();
        if (table.Count < 3 || table.Any(line => line.Length != table[0].Length))
            throw new InvalidDataException($"{file} has no table below '{heading}', or one whose rows differ in length.");
        return
            from line in table.Skip(2)
            from column in Enumerable.Range(1, line.Length - 1)
            where line[column] != "–"
            select (line[0], table[0][column], line[column]);
    }
}
