using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Registry;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Tests.Registry;

public sealed class NetworkParametersTests
{
    private const string Data = "03000000070000001188A08900001388000004E200003A9800004E200000A8C00000546021DCD650024A817C80";

    [Fact]
    public void Vector_16_Parameters_without_codes() =>
        Golden.Parameters.ForChannel().ToCell().ShouldBe(364, 0, Data + "0", "e00448a4335d4271fdba3f785c2f5a7036e2e6fb914f38437d1c55f24d14cff3");

    [Fact]
    public void Vector_16_Parameters_with_worker_and_client_code() =>
        Golden.Parameters.ForProxy().ToCell().ShouldBe(364, 2, Data + "3", "4b81fc2ecb15be875bc36ea5ff720beb564d514ce74dfa4ebaf7e2f9858d91d4");

    [Fact]
    public void Vector_16_Parameters_with_all_codes() =>
        Golden.Parameters.ToCell().ShouldBe(364, 3, Data + "7", "ccfc7fd7dab1f1a6f95ad5d1a0343a241d4944a584ae414b0fb1dc0d1a320a15");

    [Fact]
    public void Vector_13_5_Parameters_of_layout_1_of_a_network_that_ran()
    {
        LocalNetwork.Parameters.ForChannel().ToCell().Hash.ToString().ShouldBe("59b8161e92d89302035d2d082eabf144dcadd01b8e710f8a9c6004da44a0e7a1");
        LocalNetwork.Parameters.ForProxy().ToCell().HashAt(0).ToString().ShouldBe("ce646bbfd033725d142f4b609ee508451bfaf6d25c2b2deae0e3cee17861c428");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Every_layout_is_read_back_as_it_was_written(byte layout)
    {
        var written = Golden.Parameters with { StructVersion = layout };
        var read = NetworkParameters.Decode(written.ToCell());
        read.ShouldBe(written);
        read.StructVersion.ShouldBe(layout);
        read.Multipliers.Prompt.ShouldBe(layout == 3 ? Golden.Parameters.Multipliers.Prompt : Multiplier.One);
        read.Multipliers.Cached.ShouldBe(layout >= 2 ? Golden.Parameters.Multipliers.Cached : Multiplier.One);
        read.Multipliers.Completion.ShouldBe(layout == 3 ? Golden.Parameters.Multipliers.Completion : Multiplier.One);
        read.Multipliers.Reasoning.ShouldBe(layout >= 2 ? Golden.Parameters.Multipliers.Reasoning : Multiplier.One);
        read.MinClientStake.ShouldBe(layout >= 1 ? Golden.Parameters.MinClientStake : Coins.FromTon(1));
        read.MinProxyStake.ShouldBe(Coins.FromTon(1));
        read.ClientCloseDelay.ShouldBe(Golden.Parameters.ClientCloseDelay);
        read.ProxyCloseDelay.ShouldBe(Golden.Parameters.ProxyCloseDelay);
        read.ProxyCode.ShouldBe(Golden.Parameters.ProxyCode);
        read.WorkerCode.ShouldBe(Golden.Parameters.WorkerCode);
        read.ClientCode.ShouldBe(Golden.Parameters.ClientCode);
    }

    [Fact]
    public void A_newer_layout_is_refused() =>
        Should.Throw<CellFormatException>(() => NetworkParameters.Decode((Golden.Parameters with { StructVersion = 4 }).ToCell()))
            .Message.ShouldContain("layout 4");

    [Fact]
    public void A_price_above_64_bits_is_refused()
    {
        var cell = new CellBuilder().StoreUInt(3, 8).StoreUInt(1, 32).StoreUInt(1, 32).StoreBit(true)
            .StoreCoins(new Coins((UInt128)1 << 64)).StoreCoins(Coins.Zero).StoreBits(new byte[40], 300).Build();
        Should.Throw<CellFormatException>(() => NetworkParameters.Decode(cell)).Message.ShouldContain("price");
    }

    [Fact]
    public void Data_and_references_left_over_are_refused()
    {
        var cell = Golden.Parameters.ToCell();
        Should.Throw<CellFormatException>(() => NetworkParameters.Decode(new CellBuilder().StoreSlice(cell.BeginParse()).StoreBit(false).Build()));
        Should.Throw<CellFormatException>(() => NetworkParameters.Decode(new CellBuilder().StoreSlice(cell.BeginParse()).StoreReference(cell).Build()));
    }

    [Fact]
    public void An_exotic_cell_is_not_taken_for_parameters() =>
        Should.Throw<CellFormatException>(() => NetworkParameters.Decode(CellText.Pruned(new string('0', 64), 1)));
}
