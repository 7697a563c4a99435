using System.Text.Json.Nodes;
using Cocoon.Cryptography;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;

namespace Cocoon.Ton.Tests.Oracle;

[Collection(OracleCollection.Name)]
public sealed class MessageOracleTests(NodeOracle oracle)
{
    private static readonly TonAddress From = new Dice(1).Address();
    private static readonly TonAddress To = new(0, new Dice(2).Bits256());
    private static readonly Cell Body = new CellBuilder().StoreUInt(0xdeadbeef, 32).StoreReference(new CellBuilder().StoreBit(true).Build()).Build();
    private static readonly Cell Code = new CellBuilder().StoreUInt(1, 8).Build();
    private static readonly Cell Data = new CellBuilder().StoreUInt(2, 8).Build();

    [Theory]
    [InlineData("inline")]
    [InlineData("referenced")]
    public async Task An_official_internal_message_is_read_with_its_parts_in_either_place(string form)
    {
        var message = TonMessage.Load(Parse(await AskAsync(), form)).ShouldBeOfType<InternalMessage>();
        message.Source.ShouldBe(From);
        message.Destination.ShouldBe(To);
        message.Value.ShouldBe(Coins.Parse("1.5"));
        (message.Bounce, message.Bounced, message.IhrDisabled).ShouldBe((true, false, true));
        message.ForwardFee.ShouldBe(Coins.FromNano(266_669));
        (message.CreatedLt, message.CreatedAt).ShouldBe((48_000_000_000_003UL, 1_750_000_000U));
        message.StateInit.ShouldBe(new StateInit(Code, Data));
        message.Body.ShouldBe(Body);
    }

    [Fact]
    public async Task An_internal_message_is_written_with_its_parts_as_references()
    {
        var official = Parse(await AskAsync(), "referenced");
        TonMessage.Load(official).ToCell().ShouldBe(official);
    }

    [Fact]
    public async Task External_messages_are_read_and_written_as_the_official_library_does()
    {
        var answer = await AskAsync();
        var incoming = TonMessage.Load(Parse(answer, "incoming")).ShouldBeOfType<ExternalInMessage>();
        (incoming.Source, incoming.Destination, incoming.ImportFee, incoming.Body).ShouldBe((null, To, Coins.Zero, Body));
        incoming.ToCell().ShouldBe(Parse(answer, "incoming"));

        var outgoing = TonMessage.Load(Parse(answer, "outgoing")).ShouldBeOfType<ExternalOutMessage>();
        (outgoing.Source, outgoing.CreatedLt, outgoing.CreatedAt, outgoing.Body).ShouldBe((From, 7UL, 8U, Body));
        outgoing.Destination.ShouldBe(new ExternalAddress(new CellBuilder().StoreUInt(5, 9).Build()));
    }

    [Fact]
    public async Task Our_messages_are_read_by_the_official_library()
    {
        var message = new InternalMessage { Destination = To, Value = Coins.Parse("0.05"), Body = Body, StateInit = new StateInit(Code, Data) };
        var text = Convert.ToHexStringLower(BagOfCells.Serialize((message with { Source = From }).ToCell()));
        var answer = await oracle.AskAsync(new { action = "readMessage", text });
        ((string?)answer["type"]).ShouldBe("internal");
        ((string?)answer["to"]).ShouldBe(To.ToRaw());
        ((string?)answer["body"]).ShouldBe(Body.Hash.ToString());
        ((string?)answer["code"]).ShouldBe(Code.Hash.ToString());
        ((string?)answer["coins"]).ShouldBe("50000000");
    }

    [Theory]
    [InlineData("generic", 0, 0, false)]
    [InlineData("generic", 1005, null, true)]
    [InlineData("generic", 0, 37, true)]
    [InlineData("generic", null, null, true)]
    [InlineData("tickTock", 0, 0, false)]
    [InlineData("tickTock", -14, null, true)]
    public async Task Transactions_tell_their_phases(string kind, int? exitCode, int? actionCode, bool aborted)
    {
        var transaction = await TransactionAsync(kind, exitCode, actionCode, aborted);
        transaction.Account.ShouldBe(To);
        (transaction.Lt, transaction.PreviousLt).ShouldBe((48_000_000_000_001UL, 47_000_000_000_001UL));
        transaction.PreviousHash.ShouldBe(Bits256.Parse(new string('0', 60) + "abcd"));
        transaction.Time.ShouldBe(DateTimeOffset.FromUnixTimeSeconds(1_750_000_001));
        transaction.TotalFees.ShouldBe(Coins.FromNano(123_456_789));
        transaction.InMessage.ShouldBeOfType<InternalMessage>().CreatedLt.ShouldBe(50UL);
        transaction.OutMessages.Select(message => ((InternalMessage)message).CreatedLt).ShouldBe([100UL, 101UL, 102UL]);
        transaction.ComputeSucceeded.ShouldBe(exitCode == 0);
        transaction.GasUsed.ShouldBe(exitCode is null ? 0UL : 10_001UL);
        (transaction.ExitCode, transaction.ActionResultCode, transaction.Aborted).ShouldBe((exitCode, actionCode, aborted));
        transaction.Destroyed.ShouldBe(kind == "tickTock");
    }

    [Fact]
    public async Task A_transaction_of_the_storage_phase_alone_is_read()
    {
        var transaction = await TransactionAsync("storage", null, null, false);
        (transaction.Aborted, transaction.ComputeSucceeded, transaction.ExitCode).ShouldBe((false, false, null));
    }

    private async Task<TonTransaction> TransactionAsync(string kind, int? exitCode, int? actionCode, bool aborted)
    {
        var answer = await oracle.AskAsync(new
        {
            action = "transaction",
            kind,
            exitCode,
            actionCode,
            aborted,
            to = To.ToRaw(),
            from = From.ToRaw(),
            body = Convert.ToHexStringLower(BagOfCells.Serialize(Body)),
        });
        return TonTransaction.Load(Parse(answer, "boc"));
    }

    private Task<JsonNode> AskAsync() => oracle.AskAsync(new
    {
        action = "messages",
        to = To.ToRaw(),
        from = From.ToRaw(),
        body = Convert.ToHexStringLower(BagOfCells.Serialize(Body)),
        code = Convert.ToHexStringLower(BagOfCells.Serialize(Code)),
        data = Convert.ToHexStringLower(BagOfCells.Serialize(Data)),
    });

    private static Cell Parse(JsonNode answer, string name) =>
        BagOfCells.Deserialize(Convert.FromHexString((string)answer[name]!));
}
