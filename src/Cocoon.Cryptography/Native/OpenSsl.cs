using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Cocoon.Cryptography.Native;

/// <summary>The system's OpenSSL 3. Loading, errors, and the calls shared by everything built on it.</summary>
internal static partial class OpenSsl
{
    private const string Crypto = "libcrypto.so.3";
    private const string Ssl = "libssl.so.3";

    static OpenSsl() => NativeLibrary.SetDllImportResolver(typeof(OpenSsl).Assembly, (name, _, _) => Load(name));

    /// <summary>Loads one library by its file name.</summary>
    /// <exception cref="PlatformNotSupportedException">It is not on this machine.</exception>
    internal static nint Load(string name) =>
        NativeLibrary.TryLoad(name, typeof(OpenSsl).Assembly, DllImportSearchPath.SafeDirectories, out var library)
            ? library
            : throw new PlatformNotSupportedException(
                $"OpenSSL 3 is needed, and its library {name} was not found. " +
                "Install the Debian package libssl3 (libssl3t64 on newer releases) or your system's counterpart.");

    /// <summary>Takes and empties this thread's queue of OpenSSL errors, and says the earliest in words.</summary>
    internal static string TakeError()
    {
        var code = ERR_get_error();
        ERR_clear_error();
        if (code == 0) return "no reason given by OpenSSL";
        Span<byte> text = stackalloc byte[256];
        ERR_error_string_n(code, text, (nuint)text.Length);
        var end = text.IndexOf((byte)0);
        return Encoding.ASCII.GetString(end < 0 ? text : text[..end]);
    }

    internal static CryptographicException Failure(string operation) => new($"{operation} failed: {TakeError()}.");

    internal static void Require(int result, string operation)
    {
        if (result != 1) throw Failure(operation);
    }

    [LibraryImport(Crypto)]
    internal static partial void ERR_clear_error();

    [LibraryImport(Crypto)]
    internal static partial nuint ERR_get_error();

    [LibraryImport(Crypto)]
    private static partial void ERR_error_string_n(nuint code, Span<byte> text, nuint length);
}
