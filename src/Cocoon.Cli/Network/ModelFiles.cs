using Cocoon.Node.Configuration;

namespace Cocoon.Cli.Network;

/// <summary>Finds the demo model, which lies beside the command or in the repository it was built from.</summary>
internal static class ModelFiles
{
    private const string Name = "cocoon-demo.gguf";

    public static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var file = Path.Combine(folder.FullName, "models", Name);
            if (File.Exists(file))
                return file;
        }
        throw new ConfigurationException($"The demo model models/{Name} is not to be found above {AppContext.BaseDirectory}.");
    }
}
