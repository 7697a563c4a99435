namespace Cocoon.Node.Tests.Fakes;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("cocoon-node").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
