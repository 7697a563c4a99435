namespace Cocoon.Attestation.Dcap;

/// <summary>What is said of input that is not of the form it has to have; whoever read it adds what it was.</summary>
internal static class FormatError
{
    public static AttestationException Because(string found, string wanted) => new($"{found} (wanted {wanted}).");
}
