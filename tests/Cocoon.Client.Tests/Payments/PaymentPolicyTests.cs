using Cocoon.Client.Payments;
using Cocoon.Client.Tests.Fakes;
using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Economics;
using Cocoon.Cryptography;
using Cocoon.Ton;

namespace Cocoon.Client.Tests.Payments;

public sealed class PaymentPolicyTests
{
    private static readonly Bits256 Secret = Bits256.Sha256("secret"u8);

    // At 20 nanoTON a token a stake of 1 TON is 50,000,000 tokens.
    [Theory]
    [InlineData(0, "1", 0, 0, "None")]
    [InlineData(0, "0", 0, 0, "TopUp")]
    [InlineData(0, "0.5", 0, 0, "None")]
    [InlineData(0, "0.49", 0, 0, "TopUp")]
    [InlineData(0, "1", 25_000_000, 0, "None")]
    [InlineData(0, "1", 25_000_001, 0, "TopUp")]
    [InlineData(0, "2", 25_000_001, 25_000_001, "Charge")]
    [InlineData(0, "2", 25_000_001, 25_000_000, "None")]
    [InlineData(30_000_000, "2", 25_000_001, 20_000_000, "None")]
    [InlineData(30_000_000, "2", 60_000_000, 56_000_000, "Charge")]
    public void Next_step_follows_from_the_contract_and_the_counters(long usedOnChain, string balance, long max, long voucher, string expected) =>
        PaymentPolicy.Next(State() with { TokensUsed = new(usedOnChain), Balance = Coins.Parse(balance) }, Secret, new(max), new(voucher), topUp: true, retired: false)
            .ToString().ShouldBe(expected);

    [Fact]
    public void Contract_that_is_not_on_chain_is_deployed() =>
        PaymentPolicy.Next(null, Secret, default, default, topUp: true, retired: false).ShouldBe(PaymentStep.Deploy);

    [Fact]
    public void Secret_comes_before_money() =>
        PaymentPolicy.Next(State() with { SecretHash = Bits256.Zero }, Secret, default, default, topUp: true, retired: false).ShouldBe(PaymentStep.SetSecret);

    [Fact]
    public void Nothing_is_added_when_it_may_not_be() =>
        PaymentPolicy.Next(State(), Secret, default, default, topUp: false, retired: false).ShouldBe(PaymentStep.None);

    [Fact]
    public void Retired_contract_asks_for_its_money() =>
        PaymentPolicy.Next(State(), Secret, default, default, topUp: true, retired: true).ShouldBe(PaymentStep.RequestRefund);

    [Theory]
    [InlineData(ContractPhase.Closing)]
    [InlineData(ContractPhase.Closed)]
    public void Finished_contract_gets_nothing(ContractPhase phase) =>
        PaymentPolicy.Next(State() with { Phase = phase }, Secret, new(100_000_000), new(1), topUp: true, retired: true).ShouldBe(PaymentStep.None);

    [Fact]
    public void Top_up_is_one_stake_in_whole_tokens()
    {
        PaymentPolicy.TopUpAmount(State() with { Stake = Coins.FromNano(1_000_000_019) }).ShouldBe(Coins.FromNano(1_000_000_000));
        PaymentPolicy.TopUpAmount(State() with { Parameters = ClientBench.Parameters() with { Price = default } }).ShouldBe(Coins.Zero);
    }

    private static ClientContractState State() => new()
    {
        Stake = Coins.FromTon(1),
        SecretHash = Secret,
        Owner = FakeWallet.WalletAddress,
        Proxy = FakeProxy.Owner,
        ProxyKey = default,
        Parameters = ClientBench.Parameters().ForChannel(),
    };
}
