using System.Text.Json;
using Cocoon.Contracts.Codes;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Tests.Codes;

public sealed class ContractCodesTests
{
    [Fact]
    public void The_codes_are_those_of_the_build()
    {
        using var manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(RepositoryRoot(), "contracts", "build", "manifest.json")));
        var contracts = manifest.RootElement.GetProperty("contracts");
        foreach (var (name, code) in new (string, Cell)[]
        {
            ("root", ContractCodes.Root), ("proxy", ContractCodes.Proxy), ("client", ContractCodes.Client),
            ("worker", ContractCodes.Worker), ("wallet", ContractCodes.Wallet),
        })
        {
            code.Hash.ToString().ShouldBe(contracts.GetProperty(name).GetProperty("hash").GetString());
            code.Depth.ShouldBe(contracts.GetProperty(name).GetProperty("depth").GetInt32());
        }
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Cocoon.slnx")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("Found no folder with Cocoon.slnx above the test.");
        return folder.FullName;
    }
}
