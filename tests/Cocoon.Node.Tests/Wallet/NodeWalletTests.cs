using Cocoon.Cryptography;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Ton;
using static Cocoon.Node.Tests.Fakes.Eventually;

namespace Cocoon.Node.Tests.Wallet;

public sealed class NodeWalletTests
{
    [Fact]
    public async Task Messages_leave_in_the_order_they_were_given_and_at_most_four_at_once()
    {
        await using var bench = new WalletBench();
        var wallet = bench.Open();
        bench.Chain.Holding = true;
        var sends = new List<Task> { wallet.SendAsync(WalletBench.Message(1), default) };
        await UntilAsync(() => bench.Chain.Sent.Length == 1);
        for (var number = 2; number <= 7; number++) sends.Add(wallet.SendAsync(WalletBench.Message(number), default));
        bench.Chain.ExecuteHeld();
        await bench.Time.PassUntilAsync(() => sends.TrueForAll(send => send.IsCompletedSuccessfully));
        bench.Chain.Batches.ShouldBe([1, 4, 2]);
        bench.DeliveredNumbers().ShouldBe([1, 2, 3, 4, 5, 6, 7]);
        bench.HasPending.ShouldBeFalse();
    }

    [Fact]
    public async Task Weakness_12_2_10_Lost_message_is_sent_again_byte_for_byte_and_takes_effect_once()
    {
        await using var bench = new WalletBench();
        var wallet = bench.Open();
        bench.Chain.Losing = true;
        var send = wallet.SendAsync(WalletBench.Message(1), default);
        await UntilAsync(() => bench.Chain.Sent.Length == 1);
        await bench.Time.PassUntilAsync(() => bench.Chain.Sent.Length == 3);
        bench.Chain.Losing = false;
        await bench.Time.PassUntilAsync(() => send.IsCompleted);
        await send;
        bench.Chain.Sent.Select(message => message.Hash).Distinct().ShouldHaveSingleItem();
        bench.DeliveredNumbers().ShouldBe([1]);
    }

    [Fact]
    public async Task Weakness_12_2_10_Message_is_written_anew_only_when_the_chain_can_no_longer_take_it()
    {
        await using var bench = new WalletBench();
        var wallet = bench.Open();
        bench.Chain.Losing = true;
        var send = wallet.SendAsync(WalletBench.Message(1), default);
        await UntilAsync(() => bench.Chain.Sent.Length == 1);
        await bench.Time.PassAsync(145);
        bench.Chain.Sent.Select(message => message.Hash).Distinct().ShouldHaveSingleItem();
        await bench.Time.PassUntilAsync(() => bench.Chain.Sent.Select(message => message.Hash).Distinct().Count() == 2);
        bench.Chain.Losing = false;
        await bench.Time.PassUntilAsync(() => send.IsCompleted);
        await send;
        // Whoever kept the first one cannot make it count any more.
        bench.Chain.Inject(bench.Chain.Sent[0]);
        bench.DeliveredNumbers().ShouldBe([1]);
    }

    [Fact]
    public async Task Number_that_another_holder_of_the_key_took_makes_the_message_be_written_anew()
    {
        await using var bench = new WalletBench();
        var wallet = bench.Open();
        bench.Chain.Losing = true;
        var send = wallet.SendAsync(WalletBench.Message(1), default);
        await UntilAsync(() => bench.Chain.Sent.Length == 1);
        bench.Chain.Losing = false;
        bench.SendFromElsewhere();
        await bench.Time.PassUntilAsync(() => send.IsCompleted);
        await send;
        bench.DeliveredNumbers().ShouldBe([1]);
        bench.Log.Count("number 0 was not executed").ShouldBe(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Weakness_12_2_10_What_a_killed_process_was_sending_is_finished_at_the_next_start_and_not_sent_twice(bool executedMeanwhile)
    {
        await using var bench = new WalletBench();
        bench.Chain.Losing = !executedMeanwhile;
        bench.Chain.Holding = executedMeanwhile;
        var killed = bench.Open();
        var send = killed.SendAsync(WalletBench.Message(1), default);
        await UntilAsync(() => bench.Chain.Sent.Length == 1);
        await killed.DisposeAsync();
        await Should.ThrowAsync<OperationCanceledException>(send);
        bench.HasPending.ShouldBeTrue();

        bench.Chain.Losing = false;
        bench.Chain.ExecuteHeld();
        var next = bench.Open().SendAsync(WalletBench.Message(2), default);
        await bench.Time.PassUntilAsync(() => next.IsCompleted);
        await next;
        bench.DeliveredNumbers().ShouldBe([1, 2]);
        bench.HasPending.ShouldBeFalse();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(40)]
    public async Task Pending_file_of_garbage_is_told_and_stops_nothing(int length)
    {
        await using var bench = new WalletBench();
        var garbage = new byte[length];
        Array.Fill(garbage, (byte)0xff);
        bench.Folder.WriteAtomically("wallet.pending", garbage);
        var send = bench.Open().SendAsync(WalletBench.Message(1), default);
        await bench.Time.PassUntilAsync(() => send.IsCompleted);
        await send;
        bench.Log.Count("cannot be read back").ShouldBe(1);
    }

    [Fact]
    public async Task Too_little_balance_is_told_and_waited_for()
    {
        await using var bench = new WalletBench(ton: 1);
        var wallet = bench.Open();
        var send = wallet.SendAsync(WalletBench.Message(1), default);
        await UntilAsync(() => bench.Log.Count("are needed") == 1);
        await bench.Time.PassAsync(20);
        bench.Chain.Sent.ShouldBeEmpty();
        bench.Log.Count("are needed").ShouldBe(1);
        bench.Chain.Set(wallet.Address, Coins.FromTon(3));
        await bench.Time.PassUntilAsync(() => send.IsCompleted);
        await send;
    }

    [Fact]
    public async Task Balance_must_cover_the_whole_batch_and_fees()
    {
        await using var bench = new WalletBench(ton: 5);
        var send = bench.Open().SendAsync(WalletBench.Message(1) with { Value = Coins.FromTon(4.95m) }, default);
        await UntilAsync(() => bench.Log.Count("5.05 TON are needed") == 1);
        bench.Chain.Sent.ShouldBeEmpty();
        bench.Chain.Set(bench.Contract.Address, Coins.FromTon(5.05m));
        await bench.Time.PassUntilAsync(() => send.IsCompleted);
        await send;
    }

    [Fact]
    public async Task Weakness_12_2_10_Batch_leaves_only_when_the_balance_covers_all_of_it()
    {
        await using var bench = new WalletBench(ton: 5);
        var wallet = bench.Open();
        bench.Chain.Holding = true;
        var first = wallet.SendAsync(WalletBench.Message(1), default);
        await UntilAsync(() => bench.Chain.Sent.Length == 1);
        var rest = Enumerable.Range(2, 3).Select(number => wallet.SendAsync(WalletBench.Message(number) with { Value = Coins.FromTon(2) }, default)).ToArray();
        bench.Chain.ExecuteHeld();
        await bench.Time.PassUntilAsync(() => first.IsCompleted && bench.Log.Count("6.1 TON are needed") == 1);
        await bench.Time.PassAsync(20);
        bench.Chain.Batches.ShouldBe([1]);

        bench.Chain.Set(wallet.Address, Coins.FromTon(6.1m), bench.Chain.Data(wallet.Address));
        await bench.Time.PassUntilAsync(() => rest.All(send => send.IsCompletedSuccessfully));
        bench.Chain.Batches.ShouldBe([1, 3]);
    }

    [Fact]
    public async Task Weakness_12_2_10_Failed_action_is_an_error_for_the_caller_once_it_can_no_longer_succeed()
    {
        await using var bench = new WalletBench();
        var wallet = bench.Open();
        bench.Chain.FailingActions = true;
        var send = wallet.SendAsync(WalletBench.Message(1), default);
        await UntilAsync(() => bench.Chain.Sent.Length == 1);
        await bench.Time.PassAsync(140);
        send.IsCompleted.ShouldBeFalse();
        bench.Chain.Sent.Length.ShouldBe(1);
        await bench.Time.PassUntilAsync(() => send.IsCompleted);
        (await Should.ThrowAsync<IOException>(send)).Message.ShouldContain("action result 37");

        bench.Chain.FailingActions = false;
        bench.Chain.Inject(bench.Chain.Sent[0]);
        var next = wallet.SendAsync(WalletBench.Message(2), default);
        await bench.Time.PassUntilAsync(() => next.IsCompleted);
        await next;
        bench.DeliveredNumbers().ShouldBe([2]);
    }

    [Fact]
    public async Task Weakness_12_2_10_Message_that_the_contract_left_out_is_an_error_for_the_caller()
    {
        await using var bench = new WalletBench();
        bench.Chain.LeavingOut = true;
        var send = bench.Open().SendAsync(WalletBench.Message(1), default);
        await UntilAsync(() => bench.Chain.Sent.Length == 1);
        await bench.Time.PassUntilAsync(() => send.IsCompleted);
        (await Should.ThrowAsync<IOException>(send)).Message.ShouldContain("left out 1 of its 1 messages");
        bench.Chain.Sent.Length.ShouldBe(1);
    }

    [Fact]
    public async Task Failed_action_that_somebody_repeats_with_success_counts_as_sent()
    {
        await using var bench = new WalletBench();
        bench.Chain.FailingActions = true;
        var send = bench.Open().SendAsync(WalletBench.Message(1), default);
        await UntilAsync(() => bench.Chain.Sent.Length == 1);
        await bench.Time.PassAsync(10);
        bench.Chain.FailingActions = false;
        bench.Chain.Inject(bench.Chain.Sent[0]);
        await bench.Time.PassUntilAsync(() => send.IsCompleted);
        await send;
        bench.DeliveredNumbers().ShouldBe([1]);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Weakness_12_2_10_Chain_that_answers_only_sometimes_neither_loses_nor_repeats_a_message(int period)
    {
        await using var bench = new WalletBench();
        // Irregular, but the same in every run.
        bench.Chain.Fails = (call, _) => Bits256.Sha256(BitConverter.GetBytes(call)).ToArray()[0] % period != 0;
        var wallet = bench.Open();
        for (var number = 1; number <= 4; number++)
        {
            var send = wallet.SendAsync(WalletBench.Message(number), default);
            await bench.Time.PassUntilAsync(() => send.IsCompleted);
            await send;
        }
        bench.DeliveredNumbers().ShouldBe([1, 2, 3, 4]);
    }

    [Fact]
    public async Task History_that_cannot_be_read_decides_nothing()
    {
        await using var bench = new WalletBench();
        var away = true;
        bench.Chain.Fails = (_, call) => call == "history" && Volatile.Read(ref away);
        var send = bench.Open().SendAsync(WalletBench.Message(1), default);
        await UntilAsync(() => bench.Chain.Delivered.Length == 1);
        await bench.Time.PassAsync(400);
        send.IsCompleted.ShouldBeFalse();
        bench.DeliveredNumbers().ShouldBe([1]);
        Volatile.Write(ref away, false);
        await bench.Time.PassUntilAsync(() => send.IsCompleted);
        await send;
        bench.DeliveredNumbers().ShouldBe([1]);
    }

    [Theory]
    [InlineData(-3600)]
    [InlineData(3600)]
    public async Task Clock_that_differs_from_the_chains_does_not_matter(int seconds)
    {
        await using var bench = new WalletBench();
        bench.Chain.ClockOffset = TimeSpan.FromSeconds(seconds);
        var wallet = bench.Open();
        for (var number = 1; number <= 2; number++)
        {
            var send = wallet.SendAsync(WalletBench.Message(number), default);
            await bench.Time.PassUntilAsync(() => send.IsCompleted);
            await send;
        }
        bench.DeliveredNumbers().ShouldBe([1, 2]);
        bench.Log.Count("written anew").ShouldBe(0);
    }

    [Fact]
    public async Task Blocked_wallet_is_an_error()
    {
        await using var bench = new WalletBench();
        bench.Block();
        var send = bench.Open().SendAsync(WalletBench.Message(1), default);
        (await Should.ThrowAsync<IOException>(send.WaitAsync(Patience))).Message.ShouldContain("blocked by its owner");
        bench.Chain.Sent.ShouldBeEmpty();
    }

    [Fact]
    public async Task Message_that_is_cancelled_before_its_turn_is_not_sent()
    {
        await using var bench = new WalletBench();
        var wallet = bench.Open();
        bench.Chain.Holding = true;
        var first = wallet.SendAsync(WalletBench.Message(1), default);
        await UntilAsync(() => bench.Chain.Sent.Length == 1);
        using var cancelling = new CancellationTokenSource();
        var second = wallet.SendAsync(WalletBench.Message(2), cancelling.Token);
        var third = wallet.SendAsync(WalletBench.Message(3), default);
        await cancelling.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(second);
        bench.Chain.ExecuteHeld();
        await bench.Time.PassUntilAsync(() => first.IsCompleted && third.IsCompleted);
        bench.DeliveredNumbers().ShouldBe([1, 3]);
    }

    [Fact]
    public async Task Value_that_the_wallet_can_never_hold_does_not_keep_it_from_ending()
    {
        await using var bench = new WalletBench();
        var wallet = bench.Open();
        var send = wallet.SendAsync(WalletBench.Message(1) with { Value = new Coins((UInt128.One << 119) - 1) }, default);
        await UntilAsync(() => bench.Log.Count("are needed") == 1);
        await wallet.DisposeAsync();
        await Should.ThrowAsync<OperationCanceledException>(send);
    }
}
