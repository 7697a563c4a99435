using Cocoon.Contracts.Codes;
using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Registry;
using Cocoon.Cryptography;
using Cocoon.Node.Configuration;
using Cocoon.Ton;

namespace Cocoon.Node.Tests.Fakes;

/// <summary>The registry of the tests, and options that join its network.</summary>
internal static class TestNetwork
{
    public static readonly TonAddress Root = new(0, Bits256.Sha256("root"u8));
    public static readonly TonAddress Owner = new(0, Bits256.Sha256("owner"u8));

    public static NetworkRegistry Registry(uint version = 3, uint parametersVersion = 1, bool test = true, params RegisteredProxy[] proxies) => new()
    {
        Owner = Root,
        Version = version,
        Proxies = [.. proxies],
        Parameters = new NetworkParameters
        {
            Version = parametersVersion,
            UniqueId = 13,
            IsTest = test,
            Price = new TokenPrice(20),
            WorkerFee = new TokenPrice(18),
            ProxyCloseDelay = TimeSpan.FromSeconds(600),
            ClientCloseDelay = TimeSpan.FromSeconds(300),
            ProxyCode = ContractCodes.Proxy,
            WorkerCode = ContractCodes.Worker,
            ClientCode = ContractCodes.Client,
        },
    };

    public static RegisteredProxy Proxy(uint seqno, int port)
    {
        var endpoint = new ProxyEndpoint("127.0.0.1", (ushort)port);
        return new RegisteredProxy(seqno, endpoint, endpoint);
    }

    public static T Join<T>(T options, string folder) where T : NodeOptions
    {
        options.Network = new NetworkOptions
        {
            RootContract = Root.ToRaw(),
            TonCenterUrl = "http://127.0.0.1:1/",
            Test = true,
            RegistryRefreshSeconds = 5,
            ChainPollMilliseconds = 1000,
        };
        options.StateFolder = folder;
        options.Owner = Owner.ToRaw();
        return options;
    }
}
