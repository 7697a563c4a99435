using Cocoon.Attestation.Vendors;

namespace Cocoon.Attestation.Tests.Vendors;

public sealed class KeptFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cocoon-kept-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task What_another_process_is_writing_is_not_in_the_way()
    {
        // What it writes to cannot be written to by anybody else.
        _folder.CreateSubdirectory("list.crl.new");
        await KeptFile.TryWriteAsync(_folder.FullName, "list.crl", new byte[] { 1, 2, 3 });
        (await KeptFile.ReadAsync(_folder.FullName, "list.crl", 3, default)).ShouldBe([1, 2, 3]);
        _folder.GetFiles().Length.ShouldBe(1);
    }

    [Fact]
    public async Task What_cannot_be_put_in_its_place_leaves_nothing()
    {
        _folder.CreateSubdirectory("list.crl");
        await KeptFile.TryWriteAsync(_folder.FullName, "list.crl", new byte[] { 1, 2, 3 });
        _folder.GetFiles().ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_a_kind_so_many_stay()
    {
        foreach (var (name, year) in new[] { ("a.der", 2020), ("b.der", 2019), ("c.der", 2021), ("d.crl", 2000) })
        {
            await KeptFile.TryWriteAsync(_folder.FullName, name, new byte[] { 1 });
            File.SetLastWriteTimeUtc(Path.Combine(_folder.FullName, name), new DateTime(year, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        }
        KeptFile.TryBound(_folder.FullName, "*.der", 2);
        _folder.GetFiles().Select(file => file.Name).Order().ShouldBe(["a.der", "c.der", "d.crl"]);
        KeptFile.TryBound(Path.Combine(_folder.FullName, "none"), "*.der", 2);
    }
}
