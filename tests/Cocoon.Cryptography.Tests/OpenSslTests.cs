using Cocoon.Cryptography.Native;

namespace Cocoon.Cryptography.Tests;

public sealed class OpenSslTests
{
    [Fact]
    public void A_missing_library_names_the_package_to_install() =>
        Should.Throw<PlatformNotSupportedException>(() => OpenSsl.Load("libcrypto-not-here.so.3"))
            .Message.ShouldContain("Install the Debian package libssl3");
}
