using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Messages;
using Cocoon.Contracts.Vouchers;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Tests.Messages;

public sealed class ContractMessageTests
{
    private const ulong QueryId = Golden.QueryId;

    private static readonly ClientSnapshot Snapshot =
        new(ContractPhase.Closing, Coins.FromTon(9), Coins.FromTon(2.5m), Golden.Tokens, Golden.SecretHash);

    private static readonly ContractMessage[] All =
    [
        new EmptyMessage(),
        new TextCommand('c'),
        new TextCommand('w'),
        new IgnoredMessage(new CellBuilder().StoreUInt(IgnoredMessage.OpCode, 32).StoreUInt(5, 17).Build()),
        new CommitProxyState(QueryId, -7, Golden.SecretHash),
        new UnknownMessage(0x29111ceb, new CellBuilder().StoreUInt(0x29111ceb, 32).Build()),
        new UnknownMessage(0, new CellBuilder().StoreUInt(0, 32).StoreBytes("withdraw"u8).Build()),
        new Excesses(QueryId),
        new Payout(QueryId),
        .. Enum.GetValues<AllowListChange>().Select(change => new ChangeAllowList(QueryId, change, Golden.SecretHash)),
        new RegisterProxy(QueryId, new string('a', 114)),
        new UpdateProxy(QueryId, 3, new string('a', 110)),
        new UnregisterProxy(QueryId, 3),
        new ChangePrices(QueryId, new(20), new(18)),
        new ChangeParameters(QueryId, new(20), new(18), TimeSpan.FromDays(1), TimeSpan.FromHours(12), Coins.FromTon(1), Coins.FromTon(2.5m)),
        new ReplaceContractCodes(QueryId, Golden.Code(3), Golden.Code(1), Golden.Code(2)),
        new ReplaceRootCode(QueryId, Golden.Code(4)),
        new ReplaceRoot(QueryId, Golden.Code(9), Golden.Code(4)),
        new ResetLists(QueryId),
        new ChangeRootOwner(QueryId, Golden.Owner),
        new WorkerRequest(QueryId, Golden.Owner, ContractPhase.Normal, Golden.Tokens, null),
        new WorkerRequest(QueryId, Golden.Owner, ContractPhase.Closed, Golden.Tokens, new WorkerPayment(new(18), new(2), Golden.Excess)),
        new WorkerRequest(QueryId, Golden.Owner, ContractPhase.Closed, Golden.Tokens, new WorkerPayment(new(18), new(2), null)),
        new ClientRequest(QueryId, Golden.Owner, Snapshot, null),
        new ClientRequest(QueryId, Golden.Owner, Snapshot, new ClientToppedUp(Golden.TenTon, Golden.Excess)),
        new ClientRequest(QueryId, Golden.Owner, Snapshot, new ClientRegistered(77)),
        new ClientRequest(QueryId, Golden.Owner, Snapshot, new ClientRefundGranted(Golden.TenTon, Golden.Excess)),
        new ClientRequest(QueryId, Golden.Owner, Snapshot, new ClientRefundForced(Golden.TenTon, null)),
        new IncreaseProxyStake(QueryId, Golden.TenTon, Golden.Excess),
        new PayOutProxyShare(QueryId, Golden.Excess),
        new StartProxyClose(QueryId, Golden.Excess),
        new RegisterWorker(QueryId, Golden.Excess),
        new TopUpClient(QueryId, Golden.TenTon, Golden.Excess),
        new ChangeSecretAndTopUpClient(QueryId, Golden.TenTon, Golden.SecretHash, Golden.Excess),
        new RegisterClient(QueryId, 77, Golden.Excess),
        new ChangeClientSecret(QueryId, Golden.SecretHash, Golden.Excess),
        new IncreaseClientStake(QueryId, Golden.TenTon, Golden.Excess),
        new WithdrawFromClient(QueryId, Golden.Excess),
        new RequestClientRefund(QueryId, Golden.Excess),
        new SendFromWallet(QueryId, 64, Golden.Code(1)),
    ];

    public static TheoryData<int> Indexes => [.. Enumerable.Range(0, All.Length)];

    [Theory]
    [MemberData(nameof(Indexes))]
    public void Every_message_is_read_back_as_it_was_written(int index)
    {
        var cell = All[index].ToCell();
        ContractMessage.Parse(cell).ShouldBe(All[index]);
        if (cell.BitLength > 0)
            cell.BeginParse().LoadUInt(32).ShouldBe(All[index].Op);
    }

    [Theory]
    [MemberData(nameof(Indexes))]
    public void A_message_with_data_left_over_is_refused(int index)
    {
        var message = All[index];
        if (message is EmptyMessage or TextCommand or IgnoredMessage or CommitProxyState or UnknownMessage)
            return;
        var cell = message.ToCell();
        Should.Throw<CellFormatException>(() => ContractMessage.Parse(new CellBuilder().StoreSlice(cell.BeginParse()).StoreBit(true).Build()));
        Should.Throw<CellFormatException>(
            () => ContractMessage.Parse(new CellBuilder().StoreSlice(cell.BeginParse()).StoreReference(Cell.Empty).Build()));
        Should.Throw<CellFormatException>(() => ContractMessage.Parse(new CellBuilder().StoreBits(cell.Bits, 95).Build()));
    }

    [Theory]
    [MemberData(nameof(Indexes))]
    public void A_damaged_message_is_read_or_refused_but_never_anything_else(int index)
    {
        var cell = All[index].ToCell();
        for (var i = 0; i < cell.BitLength; i++)
        {
            try
            {
                ContractMessage.Parse(CellText.WithFlippedBit(cell, i)).ShouldNotBe(All[index]);
            }
            catch (CellFormatException e)
            {
                e.Message.ShouldNotBeEmpty();
            }
        }
    }

    [Fact]
    public void Operation_codes_differ() => All.Where(m => m is not (EmptyMessage or TextCommand or UnknownMessage or IgnoredMessage or CommitProxyState))
        .Select(m => (m.Op, Type: m.GetType())).Distinct().GroupBy(m => m.Op).ShouldAllBe(group => group.Count() == 1);

    [Fact]
    public void A_voucher_is_recognised()
    {
        var voucher = Voucher.Sign(VoucherKind.ClientCharge, QueryId, Golden.Tokens, Golden.Client, Golden.Excess, Golden.Key);
        var read = ContractMessage.Parse(voucher.ToCell()).ShouldBeOfType<SubmitVoucher>();
        read.QueryId.ShouldBe(QueryId);
        read.Op.ShouldBe(0xbb63ff93u);
        read.ToCell().ShouldBe(voucher.ToCell());
    }

    [Fact]
    public void A_body_shorter_than_an_operation_code_is_refused() =>
        Should.Throw<CellFormatException>(() => ContractMessage.Parse(new CellBuilder().StoreUInt(0, 31).Build()));

    [Fact]
    public void An_exotic_body_is_refused() => Should.Throw<CellFormatException>(() => ContractMessage.Parse(CellText.Pruned(new string('0', 64), 1)));

    [Fact]
    public void A_registered_client_without_a_nonce_is_refused() =>
        Should.Throw<CellFormatException>(() => ClientRequestPayload.Decode(new CellBuilder().StoreUInt(ClientRegistered.OpCode, 32).Build()));

    [Fact]
    public void An_unknown_payload_is_refused()
    {
        var payload = new CellBuilder().StoreUInt(1, 32).Build();
        Should.Throw<CellFormatException>(() => ClientRequestPayload.Decode(payload)).Message.ShouldContain("00000001");
        Should.Throw<CellFormatException>(() => WorkerPayment.Decode(payload)).Message.ShouldContain("08e7d036");
    }

    [Fact]
    public void Endpoints_that_do_not_fit_are_refused()
    {
        Should.Throw<ArgumentException>(() => new RegisterProxy(1, new string('a', 128)).ToCell());
        Should.Throw<InvalidOperationException>(() => new RegisterProxy(1, new string('a', 115)).ToCell());
    }

    [Fact]
    public void Vector_16_Client_top_up() => new TopUpClient(QueryId, Golden.TenTon, Golden.Excess).ToCell().ShouldBe(
        407, 0, "F172E6C21122334455667788502540BE400800CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCD_",
        "bbccf98319f31182b4f1a360b6dba09f907429a2da25cfa540d446fc5baefd07");

    [Fact]
    public void Vector_16_Client_secret_and_top_up() => new ChangeSecretAndTopUpClient(QueryId, Golden.TenTon, Golden.SecretHash, Golden.Excess).ToCell().ShouldBe(
        663, 0,
        "8473B4081122334455667788502540BE400000000000000000000000000000000000000000000000000000000000000ABCD800CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC"
        + "CCCCCCCCCCCCCCCCCCCCCCD_",
        "fdc2e7dabd62fb7d1037ebb48948aa164f605e8848862211816039f66933ad1d");

    [Fact]
    public void Vector_16_Client_stake() => new IncreaseClientStake(QueryId, Golden.TenTon, Golden.Excess).ToCell().ShouldBe(
        407, 0, "6A1F6A601122334455667788502540BE400800CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCD_",
        "f744dc329840a1ee1e86a4f7ef43cd6fc1cc736e325f74d8b5cd6b21e90fc02e");

    [Fact]
    public void Vector_16_Registration_of_a_proxy() => new RegisterProxy(QueryId, "1.2.3.4:1000").ToCell().ShouldBe(
        200, 0, "927C7CB511223344556677880C312E322E332E343A31303030", "d1f08ea2b074e54449c515d91791c9132b6152a5b65312ad45d040c5695da52c");

    [Fact]
    public void Vector_16_Change_of_parameters()
    {
        var change = new ChangeParameters(
            QueryId, Golden.Parameters.Price, Golden.Parameters.WorkerFee, Golden.Parameters.ProxyCloseDelay, Golden.Parameters.ClientCloseDelay,
            Golden.Parameters.MinProxyStake, Golden.Parameters.MinClientStake);
        change.ToCell().ShouldBe(
            256, 0, "022FA1891122334455667788114112000151800000A8C043B9ACA0049502F900",
            "3db068b7d0f1d0dabcd4d3c104019d30a1958e8ddc801944be0f55efcd3cab62");
    }

    [Fact]
    public void Vector_16_Payment_of_a_worker()
    {
        var payment = new WorkerPayment(new(18_000_000), new(2_000_000), Golden.Excess);
        payment.ToCell().ShouldBe(
            363, 0, "08E7D03640112A88031E8480800CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCD_",
            "c29fa01e0a8ea579f31b796a29b6c7f00f2a3ec0fdf4ace32a62cc20697e0413");
        new WorkerRequest(QueryId, Golden.Owner, ContractPhase.Normal, Golden.Tokens, payment).ToCell().ShouldBe(
            430, 1, "4D725D2C11223344556677888002222222222222222222222222222222222222222222222222222222222222222000000000007A1206_",
            "b081018d8a8cae51d70fbffdb22355751cf51268884f1d2b5966ea48c2cdad06");
    }

    [Fact]
    public void Vector_16_Registration_of_a_client()
    {
        Snapshot.ToCell().ShouldBe(
            402, 0, "540861C468012540BE40000000000003D0900000000000000000000000000000000000000000000000000000000000002AF36_",
            "e3b4128efa8a090381e244f46d413bbd1feda01174b40ed461bcd33594444111");
        var registered = new ClientRegistered(77);
        registered.ToCell().ShouldBe(96, 0, "A35CB580000000000000004D", "0df11092a810bfce5f7941e4960f8c392883cd7f9304aff7bd602e846aae02b8");
        new ClientRequest(QueryId, Golden.Owner, Snapshot, registered).ToCell().ShouldBe(
            364, 2, "65448FF411223344556677888002222222222222222222222222222222222222222222222222222222222222223",
            "c30766deeb00a97bb651157b1ac46b9961da0cbdff95bb0f7f7f7099f1731fa3");
    }

    [Fact]
    public void The_layout_of_a_state_commit_is_the_networks()
    {
        var cell = new CommitProxyState(QueryId, 7, Golden.SecretHash).ToCell();
        CellText.Write(cell).ShouldBe("9A1247C0112233445566778853109C0F00000007" + new string('0', 60) + "ABCD");
    }
}
