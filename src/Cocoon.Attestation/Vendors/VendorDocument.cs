namespace Cocoon.Attestation.Vendors;

/// <summary>Something that a vendor publishes: a certificate, a revocation list, a manifest.</summary>
/// <param name="Path">Where the vendor's service has it, below the service's base address; escaped.</param>
/// <param name="FileName">What a file with it is called: letters, digits, dots, underscores and hyphens.</param>
public sealed record VendorDocument(string Path, string FileName)
{
    private const int MaxNameLength = 200;

    /// <summary>
    /// Whether this may be a part of a document's path and name. Much of what names a document comes out of evidence that nobody has vouched for yet, and must
    /// lead to no other place.
    /// </summary>
    internal static bool IsPlainName(string name) =>
        name.Length is > 0 and <= MaxNameLength && name[0] != '.' && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '_' or '-');
}
