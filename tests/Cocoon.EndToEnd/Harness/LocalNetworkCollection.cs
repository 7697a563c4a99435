namespace Cocoon.EndToEnd.Harness;

[CollectionDefinition(Name)]
public sealed class LocalNetworkCollection : ICollectionFixture<LocalNetworkFixture>
{
    public const string Name = "one local network";
}
