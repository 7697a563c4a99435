using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Cocoon.Architecture.Tests;

public sealed partial class ArchitectureTests
{
    // The house as ARCHITECTURE.md draws it: a room may use those named here, and what they use.
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Cocoon.Cli"] = ["Cocoon.Client", "Cocoon.Proxy", "Cocoon.Worker", "Cocoon.Router", "Cocoon.Devnet"],
        ["Cocoon.Client"] = ["Cocoon.Node"],
        ["Cocoon.Proxy"] = ["Cocoon.Node"],
        ["Cocoon.Worker"] = ["Cocoon.Node", "Cocoon.Inference"],
        ["Cocoon.Router"] = ["Cocoon.Node"],
        ["Cocoon.Devnet"] = ["Cocoon.Ton"],
        ["Cocoon.Node"] = ["Cocoon.Contracts", "Cocoon.Protocol", "Cocoon.Attestation"],
        ["Cocoon.Contracts"] = ["Cocoon.Ton"],
        ["Cocoon.Protocol"] = ["Cocoon.Cryptography", "Cocoon.Protocol.Generators"],
        ["Cocoon.Protocol.Generators"] = [],
        ["Cocoon.Attestation"] = ["Cocoon.Cryptography"],
        ["Cocoon.Inference"] = [],
        ["Cocoon.Ton"] = ["Cocoon.Cryptography"],
        ["Cocoon.Cryptography"] = [],
    };

    [Fact]
    public void Projects_reference_only_the_rooms_they_may_use()
    {
        foreach (var project in Repository.Files("src", "*.csproj"))
        {
            var name = Path.GetFileNameWithoutExtension(project.Name);
            Arrows.ShouldContainKey(name, $"{name} is not drawn in the house");
            var references = XDocument.Load(project.FullName).Descendants("ProjectReference")
                .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));
            references.Except(Arrows[name]).ShouldBeEmpty($"{name} uses rooms it may not");
        }
    }

    [Fact]
    public void Every_room_of_the_house_exists()
    {
        var projects = Repository.Files("src", "*.csproj").Select(file => Path.GetFileNameWithoutExtension(file.Name));
        Arrows.Keys.Except(projects).ShouldBeEmpty();
    }

    [Fact]
    public void Every_room_but_the_command_and_the_generator_has_a_test_project()
    {
        foreach (var room in Arrows.Keys.Except(["Cocoon.Cli", "Cocoon.Protocol.Generators"]))
            File.Exists(Path.Combine(Repository.Root.FullName, "tests", room + ".Tests", room + ".Tests.csproj")).ShouldBeTrue(room);
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = File.ReadAllText(Path.Combine(Repository.Root.FullName, "Cocoon.slnx"));
        foreach (var folder in (string[])["src", "tests", "tools", "bench"])
        {
            foreach (var project in Repository.Files(folder, "*.csproj"))
                solution.ShouldContain($"{folder}/{Path.GetFileNameWithoutExtension(project.Name)}/{project.Name}", customMessage: project.Name);
        }
    }

    [Fact]
    public void A_file_holds_one_public_type_and_bears_its_name()
    {
        foreach (var file in Repository.Files("src", "*.cs"))
        {
            var types = PublicType().Matches(File.ReadAllText(file.FullName)).Select(match => match.Groups["name"].Value).Distinct().ToArray();
            types.Length.ShouldBeLessThanOrEqualTo(1, file.FullName);
            // A partial type may spread over files named Type.Part.cs.
            if (types.Length == 1)
                file.Name.Split('.')[0].ShouldBe(types[0], file.FullName);
        }
    }

    [Fact]
    public void Only_the_command_speaks_to_the_console()
    {
        foreach (var file in Repository.Files("src", "*.cs").Where(file => !file.FullName.Contains("Cocoon.Cli", StringComparison.Ordinal)))
            ConsoleUse().IsMatch(File.ReadAllText(file.FullName)).ShouldBeFalse(file.FullName);
    }

    [Fact]
    public void Lock_files_name_no_registry()
    {
        foreach (var file in Repository.Files(".", "package-lock.json"))
            File.ReadAllText(file.FullName).ShouldNotContain("\"resolved\": \"http", customMessage: file.FullName);
    }

    [Fact]
    public void Every_setting_is_in_the_documentation()
    {
        var documentation = File.ReadAllText(Path.Combine(Repository.Root.FullName, "docs", "configuration.md"));
        foreach (var file in Repository.Files("src", "*Options.cs"))
        {
            foreach (Match setting in Setting().Matches(File.ReadAllText(file.FullName)))
                documentation.ShouldContain(setting.Groups["name"].Value + "`", customMessage: file.Name);
        }
    }

    [Fact]
    public void Links_in_the_documentation_lead_somewhere()
    {
        foreach (var file in Repository.Files(".", "*.md"))
        {
            foreach (Match link in Link().Matches(File.ReadAllText(file.FullName)))
            {
                var target = Path.Combine(file.DirectoryName!, link.Groups["target"].Value);
                (File.Exists(target) || Directory.Exists(target)).ShouldBeTrue($"{file.Name} links to {link.Groups["target"].Value}");
            }
        }
    }

    // Settings can be set from a file; options of libraries are init-only.
    [GeneratedRegex(@"public [\w?\[\]<>]+ (?<name>\w+) \{ get; set; \}")]
    private static partial Regex Setting();

    [GeneratedRegex(@"\]\((?<target>[^)#:]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^public (?:(?:static|sealed|abstract|partial|readonly|ref|unsafe) )*(?:class|struct|interface|enum|record struct|record class|record|delegate [\w<>\[\]?.]+) (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex PublicType();

    [GeneratedRegex(@"\bConsole\.(?:Write|Out|Error|In|Read|Open)")]
    private static partial Regex ConsoleUse();
}
