namespace Cocoon.Cryptography.Tests.Tls;

/// <summary>A test that needs the openssl command, version 3.</summary>
public sealed class OpenSslFactAttribute : FactAttribute
{
    public OpenSslFactAttribute()
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "openssl"))))
            Skip = "The openssl command is not on this machine.";
    }
}
