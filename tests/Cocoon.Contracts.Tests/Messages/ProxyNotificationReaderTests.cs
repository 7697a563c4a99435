using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Messages;
using Cocoon.Cryptography;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;

namespace Cocoon.Contracts.Tests.Messages;

public sealed class ProxyNotificationReaderTests
{
    private static readonly TonAddress Wallet = Golden.Address(0x77);
    private static readonly ProxyNotificationReader Reader = new(Golden.Proxy, Golden.Parameters.ForProxy(), Golden.Key.PublicKey, Wallet);

    private static readonly ClientRequest Client = new(
        1, Golden.Owner, new ClientSnapshot(ContractPhase.Normal, Golden.TenTon, Golden.TenTon, Golden.Tokens, Bits256.Zero),
        new ClientToppedUp(Golden.TenTon, Golden.Excess));

    private static readonly WorkerRequest Worker = new(2, Golden.Owner, ContractPhase.Normal, Golden.Tokens, null);
    private static readonly CommitProxyState Commit = new(3, 7, Golden.SecretHash);

    [Fact]
    public void A_client_contracts_request_is_read()
    {
        var read = Reader.Read(From(Golden.Client, Client.ToCell())).ShouldBeOfType<ClientNotification>();
        read.Contract.ShouldBe(Golden.Client);
        read.Request.ShouldBe(Client);
        read.IsCarriedOut.ShouldBeFalse();
        Reader.Read(From(Golden.Client, Client.ToCell()) with { ComputeSucceeded = true })!.IsCarriedOut.ShouldBeTrue();
        Reader.Read(From(Golden.Client, Client.ToCell()) with { ComputeSucceeded = true, Aborted = true })!.IsCarriedOut.ShouldBeFalse();
    }

    [Fact]
    public void A_worker_contracts_request_is_read() =>
        Reader.Read(From(Golden.Worker, Worker.ToCell())).ShouldBeOfType<WorkerNotification>().Request.ShouldBe(Worker);

    [Fact]
    public void A_mark_of_the_proxys_wallet_is_read() =>
        Reader.Read(From(Wallet, Commit.ToCell())).ShouldBeOfType<CommitNotification>().Commit.ShouldBe(Commit);

    [Fact]
    public void Impostors_are_ignored()
    {
        Reader.Read(From(Golden.Worker, Client.ToCell())).ShouldBeNull();
        Reader.Read(From(Golden.Client, Worker.ToCell())).ShouldBeNull();
        Reader.Read(From(Golden.Owner, Client.ToCell())).ShouldBeNull();
        Reader.Read(From(Golden.Client, (Client with { Owner = Golden.ProxyOwner }).ToCell())).ShouldBeNull();
        Reader.Read(From(Golden.Owner, Commit.ToCell())).ShouldBeNull();
    }

    [Fact]
    public void Bounced_malformed_and_foreign_messages_are_ignored()
    {
        var bounced = new InternalMessage { Source = Golden.Client, Destination = Golden.Proxy, Bounced = true, Body = Client.ToCell() };
        Reader.Read(From(Golden.Client, Client.ToCell()) with { InMessage = bounced }).ShouldBeNull();
        Reader.Read(From(Golden.Client, Client.ToCell()) with { Account = Golden.Root }).ShouldBeNull();
        Reader.Read(From(Golden.Client, Client.ToCell()) with { InMessage = null }).ShouldBeNull();
        Reader.Read(From(Golden.Client, Cell.Empty)).ShouldBeNull();
        Reader.Read(From(Golden.Client, new CellBuilder().StoreUInt(ClientRequest.OpCode, 32).Build())).ShouldBeNull();
        Reader.Read(From(Golden.Client, new TopUpClient(1, Golden.TenTon, Golden.Excess).ToCell())).ShouldBeNull();
        var external = new ExternalInMessage { Destination = Golden.Proxy, Body = Client.ToCell() };
        Reader.Read(From(Golden.Client, Client.ToCell()) with { InMessage = external }).ShouldBeNull();
    }

    [Fact]
    public void A_receiver_of_any_form_does_not_hide_a_request()
    {
        Cell[] receivers =
        [
            new CellBuilder().StoreUInt(0, 2).Build(),
            new CellBuilder().StoreUInt(1, 2).StoreUInt(5, 9).StoreUInt(9, 5).Build(),
            new CellBuilder().StoreUInt(2, 2).StoreBit(true).StoreUInt(3, 5).StoreUInt(1, 3).StoreInt(-1, 8).StoreBits(Golden.SecretHash).Build(),
            new CellBuilder().StoreUInt(3, 2).StoreBit(false).StoreUInt(4, 9).StoreInt(7, 32).StoreUInt(4, 4).Build(),
        ];
        foreach (var receiver in receivers)
        {
            var payload = new CellBuilder().StoreUInt(ClientToppedUp.OpCode, 32).StoreCoins(Golden.TenTon).StoreSlice(receiver.BeginParse()).Build();
            var body = new CellBuilder().StoreUInt(ClientRequest.OpCode, 32).StoreUInt(1, 64).StoreAddress(Golden.Owner)
                .StoreReference(Client.State.ToCell()).StoreMaybeReference(payload).Build();
            Reader.Read(From(Golden.Client, body)).ShouldBeOfType<ClientNotification>().Request.Payload.ShouldBe(new ClientToppedUp(Golden.TenTon, null));
        }
    }

    private static TonTransaction From(TonAddress sender, Cell body) => new()
    {
        Account = Golden.Proxy,
        Lt = 1,
        Hash = Bits256.Zero,
        PreviousLt = 0,
        PreviousHash = Bits256.Zero,
        Time = DateTimeOffset.UnixEpoch,
        TotalFees = Coins.Zero,
        InMessage = new InternalMessage { Source = sender, Destination = Golden.Proxy, Body = body },
    };
}
