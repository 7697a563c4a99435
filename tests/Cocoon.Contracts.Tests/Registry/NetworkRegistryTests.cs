using System.Security.Cryptography;
using System.Text;
using Cocoon.Contracts.Registry;
using Cocoon.Cryptography;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Tests.Registry;

public sealed class NetworkRegistryTests
{
    private static readonly NetworkRegistry Empty = new() { Owner = Golden.RootOwner, Version = 0, Parameters = Golden.Parameters };

    private static readonly NetworkRegistry Filled = Empty with
    {
        Version = 9,
        ProxyImageHashes = Golden.Hashes(0xaa, 0xbb),
        WorkerImageHashes = Golden.Hashes(0xcc),
        Proxies = [Parse(1, "1.2.3.4:1000"), Parse(3, "5.6.7.8:2000 proxy.example:3000")],
        LastProxySeqno = 3,
    };

    [Fact]
    public void Vector_16_Lists_of_an_empty_registry() =>
        Empty.ToCell().References[0].ShouldBe(36, 0, "000000000", "432df63efe4123d8dde09633a5be88431174f4793b804684f7d2aa8c99ba21e6");

    [Fact]
    public void Vector_16_Data_of_an_empty_registry() => Empty.ToCell().ShouldBe(
        299, 2, "800666666666666666666666666666666666666666666666666666666666666666600000001_",
        "bc9684e95b71e0f92218671adb5ce90b2d59a43f134b7e8d02487f846b1befd5");

    [Fact]
    public void Vector_16_Address_of_an_empty_registry() => new Cocoon.Ton.StateInit(Golden.Code(4), Empty.ToCell()).Address().ToRaw()
        .ShouldBe("0:24d9ebb31a9039c59df7868b85f726c5b663a479c9db9b14fc10e575e25d2ee7");

    [Fact]
    public void Vector_16_Bits_of_a_filled_registry()
    {
        var cell = Filled.ToCell();
        CellText.Write(cell).ShouldBe("800666666666666666666666666666666666666666666666666666666666666666600000013_");
        CellText.Write(cell.References[0]).ShouldBe("C0000000E");
    }

    [Fact]
    public void A_filled_registry_is_read_back()
    {
        var read = NetworkRegistry.Decode(Filled.ToCell());
        read.ShouldBe(Filled);
        read.Owner.ShouldBe(Golden.RootOwner);
        read.Version.ShouldBe(9u);
        read.ProxyImageHashes.ShouldBe([Golden.Hash(0xaa), Golden.Hash(0xbb)]);
        read.WorkerImageHashes.ShouldBe([Golden.Hash(0xcc)]);
        read.ModelHashes.ShouldBeEmpty();
        read.LastProxySeqno.ShouldBe(3u);
        read.Proxies.ShouldBe(Filled.Proxies);
        read.Proxies[0].ClientEndpoint.ShouldBe(new ProxyEndpoint("1.2.3.4", 1000));
        read.Proxies[1].WorkerEndpoint.ShouldBe(new ProxyEndpoint("5.6.7.8", 2000));
        read.Proxies[1].ClientEndpoint.ShouldBe(new ProxyEndpoint("proxy.example", 3000));
    }

    [Fact]
    public void Registries_of_any_size_are_read_back()
    {
        for (var size = 0; size < 40; size += 3)
        {
            var registry = Filled with
            {
                Version = (uint)size,
                ProxyImageHashes = [.. Enumerable.Range(0, size).Select(_ => Bits256.Random())],
                WorkerImageHashes = [.. Enumerable.Range(0, size).Select(_ => Bits256.Random())],
                ModelHashes = [.. Enumerable.Range(0, size).Select(_ => Bits256.Random())],
                Proxies = [.. Enumerable.Range(1, size).Select(i => Parse((uint)(i * RandomNumberGenerator.GetInt32(1, 100) + i * 4000), $"10.0.0.{i}:{i}"))],
                LastProxySeqno = uint.MaxValue,
            };
            NetworkRegistry.Decode(registry.ToCell()).ShouldBe(registry);
        }
    }

    [Fact]
    public void A_registry_without_an_owner_is_read() =>
        NetworkRegistry.Decode((Filled with { Owner = null }).ToCell()).Owner.ShouldBeNull();

    [Fact]
    public void Entries_of_unknown_type_or_without_a_usable_endpoint_are_left_out()
    {
        var proxies = new HashmapE(32);
        proxies.Set(1, Entry(false, "1.2.3.4:1000"));
        proxies.Set(2, Entry(true, "1.2.3.4:1000"));
        proxies.Set(4, Entry(false, "nonsense"));
        proxies.Set(5, Entry(false, "1.2.3.4:1 1.2.3.4:2 1.2.3.4:3"));
        proxies.Set(6, Entry(false, "1.2.3.4:1\0"));
        proxies.Set(7, new CellBuilder().StoreBit(true).Build());
        NetworkRegistry.Decode(WithProxies(proxies)).Proxies.Single().Seqno.ShouldBe(1u);
    }

    [Fact]
    public void An_entry_with_data_left_over_refuses_the_registry()
    {
        var proxies = new HashmapE(32);
        proxies.Set(1, new CellBuilder().StoreSlice(Entry(false, "1.2.3.4:1000").BeginParse()).StoreBit(false).Build());
        Should.Throw<CellFormatException>(() => NetworkRegistry.Decode(WithProxies(proxies)));
    }

    [Fact]
    public void An_entry_shorter_than_its_length_refuses_the_registry()
    {
        var proxies = new HashmapE(32);
        proxies.Set(1, new CellBuilder().StoreBit(false).StoreUInt(5, 7).StoreBytes("1:1"u8).Build());
        Should.Throw<CellFormatException>(() => NetworkRegistry.Decode(WithProxies(proxies)));
    }

    [Fact]
    public void Data_left_over_refuses_the_registry()
    {
        var data = Filled.ToCell();
        Should.Throw<CellFormatException>(() => NetworkRegistry.Decode(new CellBuilder().StoreSlice(data.BeginParse()).StoreBit(true).Build()));
        var lists = new CellBuilder().StoreSlice(data.References[0].BeginParse()).StoreBit(true).Build();
        Should.Throw<CellFormatException>(() => NetworkRegistry.Decode(WithLists(lists)));
    }

    [Fact]
    public void Damaged_data_is_read_or_refused_but_never_anything_else()
    {
        var data = Filled.ToCell();
        for (var i = 0; i < data.BitLength; i++)
            ReadOrRefuse(() => NetworkRegistry.Decode(CellText.WithFlippedBit(data, i)));
        for (var i = 0; i < data.References[0].BitLength; i++)
            ReadOrRefuse(() => NetworkRegistry.Decode(WithLists(CellText.WithFlippedBit(data.References[0], i))));
        for (var i = 0; i < data.References[1].BitLength; i++)
            ReadOrRefuse(() => NetworkParameters.Decode(CellText.WithFlippedBit(data.References[1], i)));
        ReadOrRefuse(() => NetworkRegistry.Decode(Cell.Empty));
    }

    [Fact]
    public void Models_are_keyed_by_their_name_before_the_at_sign()
    {
        var key = new Bits256(SHA256.HashData(Encoding.UTF8.GetBytes("Qwen/Qwen3-8B")));
        NetworkRegistry.ModelHash("Qwen/Qwen3-8B").ShouldBe(key);
        NetworkRegistry.ModelHash("Qwen/Qwen3-8B@abc123def456:0@0").ShouldBe(key);
        NetworkRegistry.ModelHash("Qwen/Qwen3-9B").ShouldNotBe(key);
    }

    private static RegisteredProxy Parse(uint seqno, string text) =>
        RegisteredProxy.TryParse(seqno, text, out var proxy) ? proxy : throw new ArgumentException(text);

    private static Cell Entry(bool type, string text) =>
        new CellBuilder().StoreBit(type).StoreUInt((ulong)text.Length, 7).StoreBytes(Encoding.ASCII.GetBytes(text)).Build();

    private static Cell WithProxies(HashmapE proxies) => WithLists(
        new CellBuilder().StoreBit(false).StoreDictionary(proxies).StoreUInt(9, 32).StoreBit(false).StoreBit(false).Build());

    private static Cell WithLists(Cell lists) =>
        new CellBuilder().StoreAddress(Golden.RootOwner).StoreUInt(1, 32).StoreReference(lists).StoreReference(Golden.Parameters.ToCell()).Build();

    private static void ReadOrRefuse(Action read)
    {
        try
        {
            read();
        }
        catch (CellFormatException e)
        {
            e.Message.ShouldNotBeEmpty();
        }
    }
}
