using Cocoon.Cryptography;
using Cocoon.Devnet.Chain;
using Cocoon.Devnet.Executor;
using Cocoon.Testing;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cocoon.Devnet.Tests;

[Collection(DevnetTestGroup.Name)]
public sealed class DevnetChainTests(ExecutorFixture fixture) : IDisposable
{
    private static readonly TonAddress Nowhere = new(0, new Bits256([.. Enumerable.Repeat((byte)0xAB, 32)]));

    private readonly TempFolder _folder = new();
    private readonly ManualTimeProvider _time = new();
    private readonly TestWallet _alice = new(1);
    private readonly TestWallet _bob = new(2);

    public void Dispose()
    {
        _alice.Dispose();
        _bob.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Faucet_funds_an_address_that_does_not_exist_yet()
    {
        await using var chain = await OpenAsync();

        await chain.FundAsync(Nowhere, Coins.FromTon(5), CancellationToken.None);
        chain.ReadAccount(Nowhere).Exists.ShouldBeFalse("readers see blocks only");
        var block = await chain.ProduceBlockAsync(CancellationToken.None);

        chain.ReadAccount(Nowhere).Balance.ShouldBe(Coins.FromTon(5));
        block.Transactions.Select(transaction => transaction.Account).ShouldBe([DevnetChain.FaucetAddress, Nowhere]);
    }

    [Fact]
    public async Task Faucet_refuses_more_than_it_has_and_strangers()
    {
        await using var chain = await OpenAsync();

        await Should.ThrowAsync<MessageRejectedException>(() => chain.FundAsync(Nowhere, Coins.FromTon(6_000_000_000), CancellationToken.None));
        await Should.ThrowAsync<MessageRejectedException>(() => chain.FundAsync(Nowhere, Coins.Zero, CancellationToken.None));
        await Should.ThrowAsync<MessageRejectedException>(() => chain.SendAsync(FaucetContract.Request(Nowhere, Coins.FromTon(1)), CancellationToken.None));
    }

    [Fact]
    public async Task Wallet_is_deployed_by_its_first_transfer()
    {
        await using var chain = await OpenAsync();
        await FundAsync(chain, _alice.Address, 10);

        await _alice.SendAsync(chain, 0, _time, _bob.Address, Coins.FromTon(3));
        await chain.ProduceBlockAsync(CancellationToken.None);

        var account = chain.ReadAccount(_alice.Address);
        account.State!.Code.ShouldBe(_alice.Contract.StateInit.Code);
        chain.ReadAccount(_bob.Address).Balance.ShouldBe(Coins.FromTon(3));
        account.Balance.ShouldBeLessThan(Coins.FromTon(7));
        account.Balance.ShouldBeGreaterThan(Coins.FromTon(6.98m));
        var seqno = await chain.RunGetMethodAsync(_alice.Address, GetMethodId.Of("seqno"), [], CancellationToken.None);
        seqno!.ExitCode.ShouldBe(0);
        seqno.Stack.ShouldBe([new StackEntry.Number(1)]);
    }

    [Fact]
    public async Task Get_method_of_an_address_without_a_contract_has_no_answer()
    {
        await using var chain = await OpenAsync();

        (await chain.RunGetMethodAsync(Nowhere, 1, [], CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task External_message_that_is_not_accepted_is_refused_at_once_with_the_exit_code()
    {
        await using var chain = await OpenAsync();
        await FundAsync(chain, _alice.Address, 10);
        await _alice.SendAsync(chain, 0, _time, _bob.Address, Coins.FromTon(1));

        var error = await Should.ThrowAsync<MessageRejectedException>(() => _alice.SendAsync(chain, 0, _time, _bob.Address, Coins.FromTon(1)));

        error.ExitCode.ShouldBe(33);
        error.Message.ShouldContain("exitcode=33");
    }

    [Fact]
    public async Task Several_messages_of_one_wallet_fit_into_one_block()
    {
        await using var chain = await OpenAsync();
        await FundAsync(chain, _alice.Address, 10);

        for (var seqno = 0u; seqno < 5; seqno++) await _alice.SendAsync(chain, seqno, _time, _bob.Address, Coins.FromTon(1));
        await chain.ProduceBlockAsync(CancellationToken.None);

        chain.ReadAccount(_bob.Address).Balance.ShouldBeInRange(Coins.FromTon(4.999m), Coins.FromTon(5));
        AssertLinked(chain, _alice.Address, 6);
        AssertLinked(chain, _bob.Address, 5);
    }

    [Fact]
    public async Task Message_to_an_address_without_a_contract_bounces()
    {
        await using var chain = await OpenAsync();
        await FundAsync(chain, _alice.Address, 10);

        await _alice.SendAsync(chain, 0, _time, Nowhere, Coins.FromTon(2), bounce: true);
        await chain.ProduceBlockAsync(CancellationToken.None);

        chain.ReadAccount(Nowhere).Balance.ShouldBe(Coins.Zero);
        chain.ReadAccount(_alice.Address).Balance.ShouldBeGreaterThan(Coins.FromTon(9.9m));
        var newest = TonTransaction.Load(chain.ReadTransactions(_alice.Address, 1, null)![0].Cell);
        var back = newest.InMessage.ShouldBeOfType<InternalMessage>();
        back.Bounced.ShouldBeTrue();
        back.Source.ShouldBe(Nowhere);
    }

    [Fact]
    public async Task Transactions_of_an_account_have_no_gaps()
    {
        await using var chain = await OpenAsync();
        await FundAsync(chain, _alice.Address, 10);
        for (var seqno = 0u; seqno < 7; seqno++)
        {
            await _alice.SendAsync(chain, seqno, _time, _alice.Address, Coins.FromTon(0.1m));
            if (seqno % 3 == 0) await chain.ProduceBlockAsync(CancellationToken.None);
        }
        await chain.ProduceBlockAsync(CancellationToken.None);

        AssertLinked(chain, _alice.Address, 1 + 7 + 7);
        AssertLinked(chain, DevnetChain.FaucetAddress, 2);
        var all = chain.ReadTransactions(_alice.Address, 100, null)!;
        var paged = new List<StoredTransaction>();
        for (ulong? from = null; from != 0;)
        {
            var page = chain.ReadTransactions(_alice.Address, 4, from)!;
            paged.AddRange(page);
            from = page[^1].PreviousLt;
        }
        paged.ShouldBe(all);
        chain.ReadTransactions(_alice.Address, 1, 12345).ShouldBeNull();
    }

    [Fact]
    public async Task Messages_beyond_a_full_block_wait_for_the_next_one_even_across_a_restart()
    {
        await using (var chain = await OpenAsync(maxTransactions: 1))
        {
            await chain.FundAsync(_alice.Address, Coins.FromTon(1), CancellationToken.None);
            await Should.ThrowAsync<MessageRejectedException>(() => chain.FundAsync(_bob.Address, Coins.FromTon(1), CancellationToken.None));
            (await chain.ProduceBlockAsync(CancellationToken.None)).Transactions.Length.ShouldBe(1);
            chain.ReadAccount(_alice.Address).Exists.ShouldBeFalse();
        }

        await using var again = await OpenAsync(maxTransactions: 1);
        await again.ProduceBlockAsync(CancellationToken.None);

        again.ReadAccount(_alice.Address).Balance.ShouldBe(Coins.FromTon(1));
    }

    [Fact]
    public async Task Chain_goes_on_after_a_restart()
    {
        DevnetBlock last;
        await using (var chain = await OpenAsync())
        {
            await FundAsync(chain, _alice.Address, 10);
            await _alice.SendAsync(chain, 0, _time, _bob.Address, Coins.FromTon(1));
            last = await chain.ProduceBlockAsync(CancellationToken.None);
        }

        await using var again = await OpenAsync();
        again.LastBlock.Seqno.ShouldBe(last.Seqno);
        again.LastBlock.RootHash.ShouldBe(last.RootHash);
        again.LastBlock.FileHash.ShouldBe(last.FileHash);
        again.LastBlock.Transactions.ShouldBe(last.Transactions);
        await _alice.SendAsync(again, 1, _time, _bob.Address, Coins.FromTon(2));
        var next = await again.ProduceBlockAsync(CancellationToken.None);

        next.Seqno.ShouldBe(last.Seqno + 1);
        next.PreviousRootHash.ShouldBe(last.RootHash);
        next.StartLt.ShouldBe(last.EndLt);
        again.ReadAccount(_bob.Address).Balance.ShouldBeInRange(Coins.FromTon(2.999m), Coins.FromTon(3));
        AssertLinked(again, _alice.Address, 3);
    }

    [Fact]
    public async Task Chain_goes_on_after_its_last_whole_block_wherever_a_crash_cut_the_log()
    {
        var ends = new List<(long Length, DevnetBlock Block)>();
        await using (var chain = await OpenAsync())
        {
            ends.Add((new FileInfo(_folder.Log).Length, chain.LastBlock));
            await FundAsync(chain, _alice.Address, 10);
            ends.Add((new FileInfo(_folder.Log).Length, chain.LastBlock));
            await _alice.SendAsync(chain, 0, _time, _bob.Address, Coins.FromTon(1));
            await chain.ProduceBlockAsync(CancellationToken.None);
            ends.Add((new FileInfo(_folder.Log).Length, chain.LastBlock));
        }
        var whole = await File.ReadAllBytesAsync(_folder.Log);
        var (first, second, third) = (ends[0].Length, ends[1].Length, ends[2].Length);
        third.ShouldBe(whole.Length);
        long[] cuts = [first, first + 1, first + 35, first + 36, first + 37, second - 1, second, second + 3, second + 4, third - 1, third];

        foreach (var cut in cuts)
        {
            foreach (var zeros in (int[])[0, 500])
            {
                // A file system may have made the file longer before the data got there.
                await File.WriteAllBytesAsync(_folder.Log, [.. whole.AsSpan(0, (int)cut), .. new byte[zeros]]);
                var expected = ends.Last(end => end.Length <= cut).Block;

                await using var chain = await OpenAsync();

                chain.LastBlock.RootHash.ShouldBe(expected.RootHash, $"cut at {cut} with {zeros} zeros");
                var next = await chain.ProduceBlockAsync(CancellationToken.None);
                next.Seqno.ShouldBe(expected.Seqno + 1);
            }
        }
    }

    [Fact]
    public async Task Log_cut_within_its_header_begins_a_new_chain()
    {
        await using (await OpenAsync())
        {
        }
        using (var file = new FileStream(_folder.Log, FileMode.Open)) file.SetLength(7);

        await using var chain = await OpenAsync();

        chain.LastBlock.Seqno.ShouldBe(1u);
    }

    [Fact]
    public async Task Damage_before_the_last_block_is_an_error_and_not_a_loss()
    {
        long firstEnd;
        await using (var chain = await OpenAsync())
        {
            firstEnd = new FileInfo(_folder.Log).Length;
            await FundAsync(chain, _alice.Address, 10);
        }
        var bytes = await File.ReadAllBytesAsync(_folder.Log);
        bytes[firstEnd - 5] ^= 1;
        await File.WriteAllBytesAsync(_folder.Log, bytes);

        var error = await Should.ThrowAsync<InvalidDataException>(() => OpenAsync());

        error.Message.ShouldContain("checksum");
        (await File.ReadAllBytesAsync(_folder.Log)).ShouldBe(bytes);
    }

    [Fact]
    public async Task File_of_another_kind_is_not_overwritten()
    {
        await File.WriteAllTextAsync(_folder.Log, "something else altogether");

        await Should.ThrowAsync<InvalidDataException>(() => OpenAsync());

        (await File.ReadAllTextAsync(_folder.Log)).ShouldBe("something else altogether");
    }

    [Fact]
    public async Task Folder_serves_one_devnet_at_a_time()
    {
        await using var chain = await OpenAsync();

        var error = await Should.ThrowAsync<IOException>(() => OpenAsync());

        error.Message.ShouldContain("another devnet");
    }

    [Fact]
    public async Task Equal_inputs_give_equal_chains()
    {
        using var otherFolder = new TempFolder();
        var otherTime = new ManualTimeProvider();
        await using var one = await OpenAsync();
        await using var other = await OpenAsync(folder: otherFolder, time: otherTime);

        foreach (var (chain, time) in new[] { (one, _time), (other, otherTime) })
        {
            await FundAsync(chain, _alice.Address, 10);
            time.Advance(TimeSpan.FromHours(3));
            await _alice.SendAsync(chain, 0, time, _bob.Address, Coins.FromTon(1));
            await _alice.SendAsync(chain, 1, time, Nowhere, Coins.FromTon(1), bounce: true);
            await chain.ProduceBlockAsync(CancellationToken.None);
        }

        other.LastBlock.RootHash.ShouldBe(one.LastBlock.RootHash);
        other.ReadAccount(_alice.Address).ShardAccount.ShouldBe(one.ReadAccount(_alice.Address).ShardAccount);
        new FileInfo(otherFolder.Log).Length.ShouldBe(new FileInfo(_folder.Log).Length);
    }

    [Fact]
    public async Task Clock_makes_blocks_and_few_empty_ones()
    {
        await using var chain = await OpenAsync();
        using var stop = new CancellationTokenSource();
        var running = chain.RunAsync(stop.Token);

        await chain.FundAsync(_alice.Address, Coins.FromTon(1), CancellationToken.None);
        await AdvanceToAsync(chain, 2);
        chain.ReadAccount(_alice.Address).Balance.ShouldBe(Coins.FromTon(1));
        var full = chain.FindBlock(2)!;
        full.Transactions.Length.ShouldBe(2);
        await AdvanceToAsync(chain, 3);
        var empty = chain.FindBlock(3)!;
        empty.Transactions.ShouldBeEmpty();
        (empty.UnixTime - full.UnixTime).ShouldBeGreaterThanOrEqualTo(5u);

        await stop.CancelAsync();
        await running;
    }

    private static void AssertLinked(DevnetChain chain, TonAddress address, int count)
    {
        var transactions = chain.ReadTransactions(address, 1000, null)!;
        transactions.Count.ShouldBe(count);
        var (hash, lt) = (chain.ReadAccount(address).LastHash, chain.ReadAccount(address).LastLt);
        foreach (var transaction in transactions)
        {
            transaction.Cell.Hash.ShouldBe(hash);
            transaction.Lt.ShouldBe(lt);
            (hash, lt) = (transaction.PreviousHash, transaction.PreviousLt);
        }
        hash.ShouldBe(Bits256.Zero);
        lt.ShouldBe(0UL);
    }

    private static async Task FundAsync(DevnetChain chain, TonAddress address, int ton)
    {
        await chain.FundAsync(address, Coins.FromTon(ton), CancellationToken.None);
        await chain.ProduceBlockAsync(CancellationToken.None);
    }

    private async Task AdvanceToAsync(DevnetChain chain, uint seqno)
    {
        while (chain.LastBlock.Seqno < seqno)
        {
            _time.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Yield();
        }
    }

    private Task<DevnetChain> OpenAsync(int maxTransactions = 256, TempFolder? folder = null, ManualTimeProvider? time = null) => DevnetChain.OpenAsync(
        new DevnetOptions { Folder = (folder ?? _folder).Path, MaxTransactionsPerBlock = maxTransactions },
        fixture.Executor, time ?? _time, NullLogger<DevnetChain>.Instance, CancellationToken.None);
}
