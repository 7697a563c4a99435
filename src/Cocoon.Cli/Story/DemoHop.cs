namespace Cocoon.Cli.Story;

/// <summary>One verified hop.</summary>
/// <param name="Verifier">Who looked.</param>
/// <param name="Peer">At whom.</param>
/// <param name="Evidence">The kind of evidence that was verified.</param>
/// <param name="ImageHash">The image hash it vouches for.</param>
internal sealed record DemoHop(string Verifier, string Peer, string Evidence, string ImageHash)
{
    /// <summary>Whether the whole verifier ran, but over evidence that is simulated and proves no hardware.</summary>
    public bool Simulated => Evidence == "simulatedTdx";
}
