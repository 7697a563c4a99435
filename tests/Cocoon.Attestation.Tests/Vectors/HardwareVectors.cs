namespace Cocoon.Attestation.Tests.Vectors;

/// <summary>Evidence from real hardware. It lies in `shared/vectors` beside the repository and is no part of it.</summary>
internal static class HardwareVectors
{
    public static string? Folder { get; } = Find();

    public static byte[] Read(string path) => File.ReadAllBytes(Path.Combine(Folder!, path));

    public static string ReadText(string path) => File.ReadAllText(Path.Combine(Folder!, path));

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var vectors = Path.Combine(folder.FullName, "shared", "vectors");
            if (File.Exists(Path.Combine(vectors, "README.md"))) return vectors;
        }
        return null;
    }
}
