namespace Cocoon.Devnet.Tests;

[CollectionDefinition(Name)]
public sealed class DevnetTestGroup : ICollectionFixture<ExecutorFixture>
{
    public const string Name = "devnet";
}
