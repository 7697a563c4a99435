using System.Text.RegularExpressions;

namespace Cocoon.Testing.Tl;

/// <summary>The network's schema as text says it, for tests that must not believe the generated code.</summary>
public static partial class TlSchema
{
    public static IReadOnlyList<TlDeclaration> Declarations { get; } = Read();

    private static Dictionary<uint, TlDeclaration> ById { get; } = Declarations.ToDictionary(declaration => declaration.Id);

    private static Dictionary<string, TlDeclaration> ByName { get; } = Declarations.ToDictionary(declaration => declaration.Name);

    private static ILookup<string, TlDeclaration> ByType { get; } = Declarations.Where(declaration => !declaration.IsFunction).ToLookup(declaration => declaration.Type);

    public static TlDeclaration? Find(uint id) => ById.GetValueOrDefault(id);

    public static TlDeclaration Named(string name) => ByName[name];

    public static TlDeclaration[] ConstructorsOf(string type) => [.. ByType[type]];

    /// <summary>Whether a field of this type is written without an id.</summary>
    public static bool IsBare(string type) => ByName.ContainsKey(type);

    private static List<TlDeclaration> Read()
    {
        using var reader = new StreamReader(typeof(TlSchema).Assembly.GetManifestResourceStream("network.tl")!);
        var declarations = new List<TlDeclaration>();
        var functions = false;
        while (reader.ReadLine() is { } line)
        {
            functions |= line == "---functions---";
            if (Line().Match(line) is not { Success: true } match) continue;
            declarations.Add(new TlDeclaration(
                match.Groups["name"].Value, Convert.ToUInt32(match.Groups["id"].Value, 16),
                [.. Field().Matches(match.Groups["fields"].Value).Select(field => TlField.Parse(field.Value))], match.Groups["type"].Value, functions));
        }
        return declarations;
    }

    [GeneratedRegex(@"^(?<name>[\w.]+)#(?<id>[0-9a-f]{8}) (?<fields>.*)= (?<type>[\w.]+);$")]
    private static partial Regex Line();

    [GeneratedRegex(@"\w+:(?:\([^)]*\)|\S+)")]
    private static partial Regex Field();
}
