using Cocoon.Cryptography;
using Cocoon.Node.Configuration;
using Cocoon.Node.Tests.Fakes;

namespace Cocoon.Node.Tests.Configuration;

public sealed class StateFolderTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TempFolder _temp = new();
    private readonly StateFolder _folder;

    public StateFolderTests() => _folder = new StateFolder(Path.Combine(_temp.Path, "state"));

    [Fact]
    public void Folder_and_files_are_for_their_owner_only()
    {
        if (OperatingSystem.IsWindows())
            return;
        _folder.LoadOrCreateSecret("token");
        _folder.WriteAtomically("file", [1]);
        File.GetUnixFileMode(_folder.Path).ShouldBe(OwnerOnly | UnixFileMode.UserExecute);
        File.GetUnixFileMode(_folder.File("token")).ShouldBe(OwnerOnly);
        File.GetUnixFileMode(_folder.File("file")).ShouldBe(OwnerOnly);
    }

    [Fact]
    public void Draft_that_a_kill_left_open_to_others_does_not_open_the_file()
    {
        if (OperatingSystem.IsWindows())
            return;
        File.WriteAllText(_folder.File("file.new"), "a longer draft of something else");
        File.SetUnixFileMode(_folder.File("file.new"), OwnerOnly | UnixFileMode.OtherRead);
        _folder.WriteAtomically("file", [1, 2]);
        File.ReadAllBytes(_folder.File("file")).ShouldBe([1, 2]);
        File.GetUnixFileMode(_folder.File("file")).ShouldBe(OwnerOnly);
        File.Exists(_folder.File("file.new")).ShouldBeFalse();
    }

    [Fact]
    public void Secret_is_made_once_and_kept()
    {
        var secret = _folder.LoadOrCreateSecret("token");
        secret.Length.ShouldBe(64);
        _folder.LoadOrCreateSecret("token").ShouldBe(secret);
        _folder.LoadOrCreateSecret("other").ShouldNotBe(secret);
    }

    [Fact]
    public void Empty_secret_is_refused()
    {
        File.WriteAllText(_folder.File("token"), "\n");
        Should.Throw<ConfigurationException>(() => _folder.LoadOrCreateSecret("token")).Message.ShouldContain("is empty");
    }

    [Fact]
    public void Key_is_made_once_and_kept()
    {
        using var made = _folder.LoadOrCreateKey("key");
        using var kept = _folder.LoadOrCreateKey("key");
        kept.PublicKey.ShouldBe(made.PublicKey);
        using var read = Ed25519PrivateKey.FromSeed(Convert.FromHexString(File.ReadAllText(_folder.File("key"))));
        read.PublicKey.ShouldBe(made.PublicKey);
    }

    [Theory]
    [InlineData("not a key")]
    [InlineData("0011")]
    public void Key_file_that_holds_anything_else_is_refused_and_its_content_not_told(string content)
    {
        File.WriteAllText(_folder.File("key"), content);
        var refusal = Should.Throw<ConfigurationException>(() => _folder.LoadOrCreateKey("key")).Message;
        refusal.ShouldContain("64 hexadecimal digits");
        refusal.ShouldNotContain(content);
    }

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Folder_belongs_to_one_at_a_time()
    {
        using var temp = new TempFolder();
        var folder = new StateFolder(temp.Path);
        using (folder.Claim())
            Should.Throw<ConfigurationException>(() => folder.Claim()).Message.ShouldContain("in use by another process");
        folder.Claim().Dispose();
    }
}
