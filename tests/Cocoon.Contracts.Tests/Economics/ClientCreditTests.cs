using Cocoon.Contracts.Economics;
using Cocoon.Ton;

namespace Cocoon.Contracts.Tests.Economics;

public sealed class ClientCreditTests
{
    private static readonly TokenPrice Price = new(2);

    [Theory]
    [InlineData(1000, 400, 100, 50, 130, 120)]
    [InlineData(200, 400, 100, 50, 130, 20)]
    [InlineData(0, 400, 100, 0, 130, -30)]
    public void What_is_available_is_the_smaller_of_balance_and_stake_less_what_is_used_and_reserved(
        ulong balance, ulong stake, long onChain, long reserved, long used, long expected) =>
        ClientCredit.From(new Coins(balance), new Coins(stake), new(onChain), Price).Available(new(reserved), new(used)).Value.ShouldBe(expected);

    [Fact]
    public void Credit_saturates() =>
        ClientCredit.From(new Coins((UInt128)1 << 100), Coins.Zero, new(5), Price).ShouldBe(new ClientCredit(new(long.MaxValue), new(5)));
}
