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
        try
        {
            Directory.CreateDirectory(folder);
            var file = Path.Combine(folder, name);
            await File.WriteAllBytesAsync(file + ".new", content, CancellationToken.None).ConfigureAwait(false);
            File.Move(file + ".new", file, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return;
        }
    }
}
