using System.Collections.Immutable;

namespace Cocoon.Attestation.Chains;

/// <summary>
/// Revocation lists in the files <c>*.crl</c> of a folder, DER. The folder is looked at again after a minute, so whoever puts newer lists there does not have to
/// restart anything. Used by several callers at once.
/// </summary>
/// <param name="folder">The folder.</param>
/// <param name="time">The clock of looking again.</param>
public sealed class RevocationListFolder(string folder, TimeProvider time)
{
    /// <summary>The most lists that a folder may have.</summary>
    public const int MaxLists = 64;

    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private ImmutableArray<RevocationList> _lists;
    private DateTimeOffset _read;

    /// <summary>The lists that are there. Who issued them, and whether they are current, is for whoever uses them to check.</summary>
    /// <exception cref="AttestationException">A file cannot be read, or is no list: then it is not known what is revoked.</exception>
    public ImmutableArray<RevocationList> Read()
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (!_lists.IsDefault && now >= _read && now - _read < Memory) return _lists;
            _lists = ReadFiles();
            _read = now;
            return _lists;
        }
    }

    private ImmutableArray<RevocationList> ReadFiles()
    {
        try
        {
            var files = new DirectoryInfo(folder).GetFiles("*.crl");
            if (files.Length > MaxLists) throw new AttestationException($"collateral check: found {files.Length} revocation lists in '{folder}', wanted at most {MaxLists}.");
            return [.. files.Select(ReadFile)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AttestationException($"collateral check: found {exception.Message.TrimEnd('.')}, wanted a folder whose revocation lists can be read.", exception);
        }
    }

    private static RevocationList ReadFile(FileInfo file)
    {
        try
        {
            // Looked at before it is read: what is not a list may be of any size.
            if (file.Length > RevocationList.MaxSize) throw new AttestationException($"It has {file.Length} bytes, wanted at most {RevocationList.MaxSize}.");
            return RevocationList.Parse(File.ReadAllBytes(file.FullName));
        }
        catch (AttestationException exception)
        {
            throw new AttestationException($"collateral check: found '{file.FullName}', wanted a revocation list in DER. {exception.Message}", exception);
        }
    }
}
