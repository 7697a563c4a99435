using Cocoon.Contracts.Codes;
using Cocoon.Contracts.Wallet;
using Cocoon.Cryptography;
using Cocoon.Node.Configuration;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Node.Wallet;
using Cocoon.Testing;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Node.Tests.Wallet;

/// <summary>A wallet over a chain in memory; the same key can be opened again, as after a restart.</summary>
internal sealed class WalletBench : IAsyncDisposable
{
    private static readonly byte[] Seed = Bits256.Sha256("wallet"u8).ToArray();

    private readonly TempFolder _temp = new();
    private readonly List<NodeWallet> _wallets = [];

    public WalletBench(decimal ton = 50)
    {
        Chain = new FakeChain(Time);
        Folder = new StateFolder(_temp.Path);
        using var key = Ed25519PrivateKey.FromSeed(Seed);
        Contract = new CocoonWallet(ContractCodes.Wallet, key.PublicKey, TestNetwork.Owner);
        Chain.Set(Contract.Address, Coins.FromTon(ton));
    }

    public ManualTimeProvider Time { get; } = new();

    public FakeChain Chain { get; }

    public StateFolder Folder { get; }

    public LogList Log { get; } = new();

    public CocoonWallet Contract { get; }

    public bool HasPending => File.Exists(Folder.File("wallet.pending"));

    public NodeWallet Open()
    {
        var wallet = new NodeWallet(Ed25519PrivateKey.FromSeed(Seed), TestNetwork.Owner, Chain, Folder, TimeSpan.FromSeconds(1), Time, Log);
        _wallets.Add(wallet);
        return wallet;
    }

    /// <summary>A message that can be told from others by its value in nanoTON.</summary>
    public static WalletMessage Message(int number) => new(TestNetwork.Root, new Coins((UInt128)(1_000_000 + number)));

    /// <summary>Something else that holds the wallet's key sends an empty message.</summary>
    public void SendFromElsewhere()
    {
        using var key = Ed25519PrivateKey.FromSeed(Seed);
        var seqno = Chain.Data(Contract.Address) is { } data ? CocoonWalletState.Decode(data).Seqno : 0;
        Chain.Inject(Contract.CreateExternalMessage(key, seqno, Time.GetUtcNow() + TimeSpan.FromHours(1), [], includeStateInit: true));
    }

    public int[] DeliveredNumbers() => [.. Chain.Delivered.Select(message => (int)message.Value.NanoTon - 1_000_000)];

    public void Block() => Chain.Set(Contract.Address, Coins.FromTon(50), (CocoonWalletState.Decode(Contract.StateInit.Data!) with { Status = 1 }).ToCell());

    public async ValueTask DisposeAsync()
    {
        foreach (var wallet in _wallets) await wallet.DisposeAsync();
        _temp.Dispose();
    }
}
