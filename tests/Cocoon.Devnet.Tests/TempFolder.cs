namespace Cocoon.Devnet.Tests;

/// <summary>A folder of its own for a test, gone afterwards.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("cocoon-devnet-").FullName;

    public string Log => System.IO.Path.Combine(Path, "chain.log");

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
