namespace Cocoon.Fuzz.Evidence;

/// <summary>A reader of evidence under attack, with the verifier behind it.</summary>
/// <param name="Name">What it reads.</param>
/// <param name="Samples">Evidence that it believes, or reads where nothing is to be believed.</param>
/// <param name="Judge">
/// Reads and judges: all that was signed and believed, put in words, so that what means the same reads the same; null for what is refused or proves
/// nothing. May throw an <see cref="Attestation.AttestationException"/>.
/// </param>
internal sealed record EvidenceTarget(string Name, byte[][] Samples, Func<byte[], string?> Judge)
{
    /// <summary>Whether there is nothing to be believed in it, since nobody signs it.</summary>
    public bool ProvesNothing { get; init; }

    public override string ToString() => Name;
}
