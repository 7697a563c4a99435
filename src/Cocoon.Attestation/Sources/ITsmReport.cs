namespace Cocoon.Attestation.Sources;

/// <summary>An entry of <see cref="ITsmReports"/>: a folder whose files are the request and its answer.</summary>
internal interface ITsmReport : IDisposable
{
    /// <summary>Reads an attribute; null when the entry does not have it.</summary>
    /// <exception cref="IOException">The kernel could not make what it is asked for.</exception>
    byte[]? TryRead(string attribute);

    void Write(string attribute, ReadOnlySpan<byte> value);
}
