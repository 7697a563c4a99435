using Cocoon.Contracts.Channels;
using Cocoon.Ton;

namespace Cocoon.Contracts.Tests.Channels;

public sealed class DerivedContractTests
{
    private static readonly ProxyContract Proxy = new(Golden.Parameters, Golden.ProxyOwner, Golden.Key.PublicKey, Golden.Root);

    [Fact]
    public void Vector_16_Initial_data_of_a_proxy() => Proxy.StateInit.Data!.ShouldBe(
        832, 1,
        "8004444444444444444444444444444444444444444444444444444444444444444996B57ED5AF3F7EB577995F984D3B0B9A4CA3DA9710B6B0D3E4835DBE14B745300"
        + "111111111111111111111111111111111111111111111111111111111111111100000000000",
        "fabcf9f2e71bb65caec6ff930bd282b3a87417a4affcf10cf59404a88dffe4ea");

    [Fact]
    public void Vector_16_Address_of_a_proxy() => Proxy.Address.ShouldBe(Golden.Proxy);

    [Fact]
    public void Vector_16_Initial_data_of_a_worker() => WorkerContract.Of(Proxy.InitialState, Proxy.Address, Golden.Owner).StateInit.Data!.ShouldBe(
        856, 1,
        "80022222222222222222222222222222222222222222222222222222222222222230018958E27CC09E87359937AD3A38ED642275AEA643B7C1EA495ED2CB3EB442F05532D6AF"
        + "DAB5E7EFD6AEF32BF309A7617349947B52E216D61A7C906BB7C296E8A40000000000000000",
        "6003ee103678be44941bf552831ee4a51ae491d45b97274c0754135ecc54914d");

    [Fact]
    public void Vector_16_Address_of_a_worker() =>
        new WorkerContract(Golden.Parameters, Golden.Owner, Golden.Proxy, Golden.Key.PublicKey).Address.ShouldBe(Golden.Worker);

    [Fact]
    public void Vector_16_Initial_data_of_a_client()
    {
        var data = ClientContract.Of(Proxy.InitialState, Proxy.Address, Golden.Owner).StateInit.Data!;
        data.ShouldBe(
            394, 2, "012540BE4000000000000000000000000000000000000000000000000000000000000000000000000000000000000000002_",
            "bdc33b5387d6ea052bcd884c43eecbe05e47f5858e97517a341f682e33369e07");
        data.References[0].ShouldBe(
            790, 0,
            "80022222222222222222222222222222222222222222222222222222222222222230018958E27CC09E87359937AD3A38ED642275AEA643B7C1EA495ED2CB3EB442F05532D6AF"
            + "DAB5E7EFD6AEF32BF309A7617349947B52E216D61A7C906BB7C296E8A6_",
            "732eb9b93f3772c6e9c4e594f9bccc0b895b8384046bd61d1f7609208f22fd71");
    }

    [Fact]
    public void Vector_16_Address_of_a_client() =>
        new ClientContract(Golden.Parameters, Golden.Owner, Golden.Proxy, Golden.Key.PublicKey).Address.ShouldBe(Golden.Client);

    [Fact]
    public void Vector_13_5_Addresses_of_a_network_that_ran()
    {
        new ProxyContract(LocalNetwork.Parameters, LocalNetwork.Owner, LocalNetwork.ProxyKey, LocalNetwork.Root)
            .StateInit.AddressOfPruned().ShouldBe(LocalNetwork.Proxy);
        new WorkerContract(LocalNetwork.Parameters, LocalNetwork.Owner, LocalNetwork.Proxy, LocalNetwork.ProxyKey)
            .StateInit.AddressOfPruned().ShouldBe(LocalNetwork.Worker);
        new ClientContract(LocalNetwork.Parameters, LocalNetwork.ClientWallet, LocalNetwork.Proxy, LocalNetwork.ProxyKey)
            .StateInit.AddressOfPruned().ShouldBe(LocalNetwork.Client);
    }

    [Fact]
    public void Vector_13_5_Addresses_are_written_as_the_network_writes_them()
    {
        (TonAddress Address, string Text)[] known =
        [
            (LocalNetwork.Proxy, "UQBPkxYfPKgOBMbbi9VQVO2DQz7Wg3w9K5YTsl8x1_KaeZcZ"),
            (LocalNetwork.ProxyWallet, "UQAXGlaBPBoSyvlI0cEGKvS8Ak5e9JFcmKmcBmYsKhNTIdbG"),
            (LocalNetwork.WorkerWallet, "UQABWAYRUDPbjO0EfnTjtToUuQTATvTK_2wW3liSw_XSOQtq"),
            (LocalNetwork.ClientWallet, "UQCdj43bBDyeJlfe6FVSpWLfsDMp4YHbmz5lca5-tNz-fx20"),
            (LocalNetwork.Worker, "UQDLYGhRHNqXquKXJazsjMBUUhXtmZ_Nom43-_sztpg80bUO"),
            (LocalNetwork.Client, "UQCACjNFLY4ArI-ZdQsAazEAW41KvHyVIAWsFh9pbqcA1f12"),
        ];
        foreach (var (address, text) in known)
        {
            address.ToFriendly(bounceable: false, testnet: false).ShouldBe(text);
            TonAddress.Parse(text).ShouldBe(address);
        }
    }

    [Fact]
    public void New_parameters_give_new_addresses()
    {
        var newer = Golden.Parameters with { Version = 8 };
        new ProxyContract(newer, Golden.ProxyOwner, Golden.Key.PublicKey, Golden.Root).Address.ShouldNotBe(Proxy.Address);
        new WorkerContract(newer, Golden.Owner, Golden.Proxy, Golden.Key.PublicKey).Address.ShouldNotBe(Golden.Worker);
    }

    [Fact]
    public void A_contract_without_its_code_is_refused()
    {
        var parameters = Golden.Parameters.ForChannel();
        Should.Throw<ArgumentException>(() => new ProxyContract(parameters, Golden.Owner, Golden.Key.PublicKey, Golden.Root));
        Should.Throw<ArgumentException>(() => new ClientContract(parameters, Golden.Owner, Golden.Proxy, Golden.Key.PublicKey));
        Should.Throw<ArgumentException>(() => new WorkerContract(parameters, Golden.Owner, Golden.Proxy, Golden.Key.PublicKey));
    }
}
