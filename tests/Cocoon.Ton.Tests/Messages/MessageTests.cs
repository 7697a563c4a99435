using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;
using FsCheck;
using FsCheck.Fluent;

namespace Cocoon.Ton.Tests.Messages;

public sealed class MessageTests
{
    private static readonly TonAddress To = new(0, new Dice(3).Bits256());

    [Theory]
    [InlineData(true, 0b011000)]
    [InlineData(false, 0b010000)]
    public void A_new_internal_message_starts_with_its_flags_and_no_source(bool bounce, int bits)
    {
        var slice = new InternalMessage { Destination = To, Bounce = bounce, Value = Coins.FromNano(1) }.ToCell().BeginParse();
        slice.LoadUInt(6).ShouldBe((ulong)bits);
        slice.LoadStdAddress().ShouldBe(To);
    }

    [Fact]
    public void An_empty_body_is_no_reference_and_any_other_is()
    {
        var message = new ExternalInMessage { Destination = To };
        message.ToCell().References.ShouldBeEmpty();
        var withBody = message with { Body = new CellBuilder().StoreBit(true).Build(), StateInit = new StateInit(Cell.Empty, Cell.Empty) };
        withBody.ToCell().References.Count.ShouldBe(2);
        TonMessage.Load(withBody.ToCell()).ShouldBe(withBody);
    }

    [Fact]
    public void Initial_states_of_special_contracts_are_kept()
    {
        var init = new StateInit(null, Cell.Empty) { FixedPrefixLength = 5, Special = (true, false), Libraries = Cell.Empty };
        StateInit.Load(init.ToCell().BeginParse()).ShouldBe(init);
    }

    [Fact]
    public void Malformed_messages_are_refused()
    {
        Refuse(Cell.Empty);
        Refuse(new CellBuilder().StoreUInt(0b10, 2).StoreUInt(0b10, 2).Build());
        Refuse(new CellBuilder().StoreUInt(0b0110, 4).StoreUInt(0b11, 2).Build());
        Refuse(new CellBuilder().StoreUInt(0b0110, 4).StoreUInt(0b101, 3).Build());
        Refuse(new CellBuilder().StoreUInt(0b1000, 4).StoreAddress(null).Build());
        // A body in a reference with something after it.
        Refuse(new CellBuilder().StoreUInt(0b1000, 4).StoreAddress(To).StoreCoins(Coins.Zero).StoreUInt(0b011, 3).StoreReference(Cell.Empty).Build());
    }

    [Fact]
    public void Any_cell_is_a_message_and_a_transaction_or_is_refused() =>
        Prop.ForAll(ArbMap.Default.ArbFor<ulong>(), seed =>
        {
            var dice = new Dice(seed);
            var cell = dice.Tree(6)[^1];
            Try(() => TonMessage.Load(cell));
            Try(() => TonTransaction.Load(new CellBuilder().StoreUInt(7, 4).StoreBits(dice.Bytes(100), 256 + 64 + 256 + 64 + 32).StoreUInt(0, 15)
                .StoreUInt(0, 4).StoreReference(dice.Tree(4)[^1]).StoreUInt(0, 5).StoreReference(cell).StoreReference(dice.Tree(4)[^1]).Build()));
        }).QuickCheckThrowOnFailure();

    private static void Refuse(Cell cell) => Should.Throw<CellFormatException>(() => TonMessage.Load(cell));

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (CellFormatException)
        {
            // The other allowed end.
        }
    }
}
