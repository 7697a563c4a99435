using System.Security.Cryptography;
using Cocoon.Cryptography;

namespace Cocoon.Node.Configuration;

/// <summary>A node's private folder: keys and tokens, each in a file that only its owner may read.</summary>
public sealed class StateFolder
{
    /// <summary>Opens the folder, making it when it is absent.</summary>
    public StateFolder(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(Path);
        else
            Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>The folder's full path.</summary>
    public string Path { get; }

    /// <summary>The full path of a file in the folder.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Claims the folder for this process until the result is disposed of: two processes with one wallet would undo each other's work.</summary>
    /// <exception cref="ConfigurationException">Another process holds it.</exception>
    public IDisposable Claim()
    {
        try
        {
            return new FileStream(File("in-use"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new ConfigurationException($"State folder '{Path}' is in use by another process. Stop that one, or give this one a StateFolder of its own.");
        }
    }

    /// <summary>The key whose 32-byte seed is kept as hexadecimal text in <paramref name="name"/>; a new one is made when the file is absent.</summary>
    /// <exception cref="ConfigurationException">The file holds anything else.</exception>
    public Ed25519PrivateKey LoadOrCreateKey(string name)
    {
        var text = LoadOrCreateSecret(name);
        if (!Bits256.TryParse(text, out var seed))
            throw new ConfigurationException($"Key file '{File(name)}' must hold 64 hexadecimal digits, found {text.Length} characters. Restore it from a backup.");
        var bytes = seed.ToArray();
        try
        {
            return Ed25519PrivateKey.FromSeed(bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>The secret text in <paramref name="name"/>; 32 random bytes as hexadecimal digits are written when the file is absent.</summary>
    /// <exception cref="ConfigurationException">The file is empty.</exception>
    public string LoadOrCreateSecret(string name)
    {
        var path = File(name);
        if (!System.IO.File.Exists(path))
            WriteAtomically(name, System.Text.Encoding.ASCII.GetBytes(Bits256.Random().ToString()));
        var text = System.IO.File.ReadAllText(path).Trim();
        return text.Length > 0 ? text : throw new ConfigurationException($"File '{path}' is empty. Restore it from a backup, or delete it to have a new one made.");
    }

    /// <summary>
    /// Replaces a file so that a kill at any instant leaves either the old or the new content. After a loss of power it may be the old one, if the
    /// file system had not yet written the folder.
    /// </summary>
    public void WriteAtomically(string name, ReadOnlySpan<byte> content)
    {
        var path = File(name);
        var draft = path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        // What a kill left behind keeps its own permissions when it is written over.
        System.IO.File.Delete(draft);
        using (var file = new FileStream(draft, options))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        System.IO.File.Move(draft, path, overwrite: true);
    }
}
