using System.Security.Cryptography;

namespace Cocoon.Attestation.Vendors;

/// <summary>A file with something a vendor published, put into a folder by hand or kept there from run to run.</summary>
internal static class KeptFile
{
    /// <exception cref="AttestationException">There is no such file that can be read, or it is too large.</exception>
    public static async Task<byte[]> ReadAsync(string folder, string name, int maxSize, CancellationToken cancellationToken)
    {
        var file = new FileInfo(Path.Combine(folder, name));
        try
        {
            // Looked at before it is read: what is not collateral may be of any size.
            if (file.Length > maxSize) throw new AttestationException($"collateral check: found {file.Length} bytes in '{file.FullName}', wanted at most {maxSize}.");
            return await File.ReadAllBytesAsync(file.FullName, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AttestationException(
                $"collateral check: found no file '{name}' that can be read in '{folder}', wanted the collateral for this platform; put it there.", exception);
        }
    }

    /// <summary>Writes a file whole or not at all. One that cannot be written only means that the next run fetches again.</summary>
    public static async Task TryWriteAsync(string folder, string name, ReadOnlyMemory<byte> content)
    {
        var file = Path.Combine(folder, name);
        // Several processes may keep the same thing in one folder at once.
        var written = $"{file}.{RandomNumberGenerator.GetHexString(16, lowercase: true)}.new";
        try
        {
            Directory.CreateDirectory(folder);
            await File.WriteAllBytesAsync(written, content, CancellationToken.None).ConfigureAwait(false);
            File.Move(written, file, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            TryRemove(written);
        }
    }

    /// <summary>Removes the files that were written first, so that at most so many of a kind are left.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="pattern">The names of the kind, with '*' for any characters.</param>
    /// <param name="maxFiles">How many may stay.</param>
    public static void TryBound(string folder, string pattern, int maxFiles)
    {
        try
        {
            var files = new DirectoryInfo(folder).GetFiles(pattern);
            if (files.Length <= maxFiles) return;
            foreach (var file in files.OrderByDescending(file => file.LastWriteTimeUtc).Skip(maxFiles)) TryRemove(file.FullName);
        }
        // The next that is kept tries again.
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return;
        }
    }

    private static void TryRemove(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return;
        }
    }
}
