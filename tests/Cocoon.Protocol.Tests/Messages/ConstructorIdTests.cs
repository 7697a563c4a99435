using Cocoon.Protocol.Tl;
using Cocoon.Testing.Tl;

namespace Cocoon.Protocol.Tests.Messages;

public sealed class ConstructorIdTests
{
    public static TheoryData<string> Names() => [.. TlSchema.Declarations.Select(declaration => declaration.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Vector_13_1_Every_message_has_the_id_and_the_declaration_that_the_network_uses(string name)
    {
        var expected = TlSchema.Named(name);
        var found = TlRegistry.Constructors.Single(constructor => constructor.Name == name);
        (found.Id, found.Declaration, found.IsFunction).ShouldBe((expected.Id, expected.Canonical, expected.IsFunction));
    }

    [Fact]
    public void Vector_13_1_The_id_is_the_crc_of_the_declaration_but_for_four_that_grew()
    {
        TlSchema.Named("tcp.ping").Canonical.ShouldBe("tcp.ping id:long = tcp.Packet");
        TlSchema.Named("tcp.ping").Id.ShouldBe(0xbbe9627cu);
        TlSchema.Declarations.Where(declaration => Crc32(declaration.Canonical) != declaration.Id).Select(declaration => (declaration.Name, Crc32(declaration.Canonical)))
            .ShouldBe([("client.params", 0x1e80c9d3u), ("proxy.params", 0x255d81fau), ("worker.params", 0x1e0a3348u), ("client.workerInstanceV2", 0x7abfe18cu)], ignoreOrder: true);
    }

    [Fact]
    public void Nothing_is_declared_that_the_network_does_not_know() =>
        TlRegistry.Constructors.Select(constructor => constructor.Name).ShouldBe(TlSchema.Declarations.Select(declaration => declaration.Name), ignoreOrder: true);

    [Fact]
    public void A_declaration_is_written_as_the_schema_language_writes_it()
    {
        TlRegistry.Find(0xbbe9627c)!.Declaration.ShouldBe("tcp.ping id:long = tcp.Packet");
        TlRegistry.Find(0xb27d8197)!.Declaration.ShouldBe("client.workerTypeV2 name:string workers:vector client.workerInstanceV2 = client.WorkerTypeV2");
        TlRegistry.Find(0xcd524720)!.Declaration
            .ShouldBe("client.queryAnswerEx request_id:int256 answer:bytes flags:# final_info:flags.0?client.queryFinalInfo = client.QueryAnswerEx");
    }

    private static uint Crc32(string text)
    {
        var crc = uint.MaxValue;
        foreach (var character in text)
        {
            crc ^= character;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xedb88320 : crc >> 1;
        }
        return ~crc;
    }
}
