namespace Cocoon.Architecture.Tests;

/// <summary>Finds the repository's files.</summary>
internal static class Repository
{
    public static DirectoryInfo Root { get; } = FindRoot();

    public static IEnumerable<FileInfo> Files(string folder, string pattern) =>
        new DirectoryInfo(Path.Combine(Root.FullName, folder)).EnumerateFiles(pattern, SearchOption.AllDirectories)
            .Where(file => !file.FullName.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "node_modules"));

    private static DirectoryInfo FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Cocoon.slnx")))
                return folder;
        }
        throw new DirectoryNotFoundException("Cocoon.slnx is not above the tests.");
    }
}
