namespace Cocoon.Ton.Tests.Oracle;

[CollectionDefinition(Name)]
public sealed class OracleCollection : ICollectionFixture<NodeOracle>
{
    public const string Name = "oracle";
}
