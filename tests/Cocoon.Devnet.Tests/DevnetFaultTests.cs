using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Cocoon.Cryptography;
using Cocoon.Devnet.Chain;
using Cocoon.Devnet.Executor;
using Cocoon.Devnet.Http;
using Cocoon.Testing;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cocoon.Devnet.Tests;

[Collection(DevnetTestGroup.Name)]
public sealed class DevnetFaultTests(ExecutorFixture fixture) : IDisposable
{
    private static readonly TonAddress One = new(0, new Bits256([.. Enumerable.Repeat((byte)0xAB, 32)]));
    private static readonly TonAddress Other = new(0, new Bits256([.. Enumerable.Repeat((byte)0xCD, 32)]));

    private readonly TempFolder _folder = new();
    private readonly ManualTimeProvider _time = new();
    private readonly FaultyExecutor _executor = new(fixture.Executor);
    private readonly ListLogger<DevnetChain> _log = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(typeof(KeyNotFoundException))]
    [InlineData(typeof(InvalidOperationException))]
    [InlineData(typeof(OverflowException))]
    [InlineData(typeof(ArgumentException))]
    [InlineData(typeof(OperationCanceledException))]
    public async Task Clock_survives_every_failure_but_its_cancellation(Type failure)
    {
        await using var chain = await OpenAsync();
        await chain.FundAsync(One, Coins.FromTon(1), CancellationToken.None);
        var failures = 0;
        _executor.Fault = _ => failures++ < 2 ? (Exception)Activator.CreateInstance(failure)! : null;
        using var stop = new CancellationTokenSource();

        var running = chain.RunAsync(stop.Token);
        while (chain.LastBlock.Seqno < 2 && !running.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Yield();
        }

        running.IsCompleted.ShouldBeFalse();
        chain.ReadAccount(One).Balance.ShouldBe(Coins.FromTon(1));
        _log.Messages.Count(message => message.Contains("next tick")).ShouldBe(2);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Message_that_always_fails_is_dropped_after_its_third_block_and_the_chain_goes_on()
    {
        await using var chain = await OpenAsync();
        await chain.FundAsync(One, Coins.FromTon(1), CancellationToken.None);
        await chain.FundAsync(Other, Coins.FromTon(2), CancellationToken.None);
        _executor.Fault = request =>
            ((InternalMessage)TonMessage.Load(request.Message)).Destination == One ? new ExecutorException("The emulator failed") : null;

        await Should.ThrowAsync<ExecutorException>(() => chain.ProduceBlockAsync(CancellationToken.None));
        await Should.ThrowAsync<ExecutorException>(() => chain.ProduceBlockAsync(CancellationToken.None));
        var block = await chain.ProduceBlockAsync(CancellationToken.None);

        block.Transactions.Select(transaction => transaction.Account).ShouldBe([DevnetChain.FaucetAddress, DevnetChain.FaucetAddress, Other]);
        chain.ReadAccount(One).Exists.ShouldBeFalse();
        _log.Messages.ShouldContain(message => message.Contains("dropped") && message.Contains(One.ToRaw()));
        _executor.Fault = _ => null;
        (await chain.ProduceBlockAsync(CancellationToken.None)).Transactions.ShouldBeEmpty();
    }

    [Fact]
    public async Task Message_waits_as_long_as_the_executor_cannot_run()
    {
        await using var chain = await OpenAsync();
        await chain.FundAsync(One, Coins.FromTon(1), CancellationToken.None);
        _executor.Fault = _ => new ExecutorException("Node.js is not there") { IsUnavailable = true };

        for (var tries = 0; tries < 5; tries++) await Should.ThrowAsync<ExecutorException>(() => chain.ProduceBlockAsync(CancellationToken.None));
        _executor.Fault = _ => null;
        await chain.ProduceBlockAsync(CancellationToken.None);

        chain.ReadAccount(One).Balance.ShouldBe(Coins.FromTon(1));
    }

    [Fact]
    public async Task Transaction_with_one_unreadable_message_leaves_nothing_behind()
    {
        await using var chain = await OpenAsync();
        _executor.Change = result => AddMessage(result, Cell.Empty);
        await Should.ThrowAsync<CellFormatException>(() => chain.FundAsync(One, Coins.FromTon(1), CancellationToken.None));
        // A message with the logical time of another one.
        _executor.Change = result => AddMessage(result, StoredTransaction.Load(result.Transaction!, 0).OutMessages[0]);
        await Should.ThrowAsync<ExecutorException>(() => chain.FundAsync(One, Coins.FromTon(1), CancellationToken.None));

        _executor.Change = result => result;
        (await chain.ProduceBlockAsync(CancellationToken.None)).Transactions.ShouldBeEmpty();
        await chain.FundAsync(One, Coins.FromTon(1), CancellationToken.None);
        (await chain.ProduceBlockAsync(CancellationToken.None)).Transactions.Length.ShouldBe(2);
    }

    [Fact]
    public async Task Failure_of_the_devnet_itself_is_answered_in_the_form_of_the_API()
    {
        await using var chain = await OpenAsync();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var application = builder.Build();
        application.MapDevnet(chain);
        await application.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(application.Urls.Single()) };

        var answer = await http.PostAsJsonAsync("api/v2/runGetMethod", new { address = DevnetChain.FaucetAddress.ToRaw(), method = 1 });

        answer.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        json.GetProperty("ok").GetBoolean().ShouldBeFalse();
        json.GetProperty("code").GetInt32().ShouldBe(500);
        json.GetProperty("error").GetString()!.ShouldContain("No get-methods here");
    }

    [Fact]
    public async Task Server_whose_clock_failed_still_closes_everything()
    {
        var server = await DevnetServer.StartAsync(
            new DevnetServerOptions { Folder = _folder.Path }, new EndlessTime(), NullLoggerFactory.Instance, CancellationToken.None);

        await Should.ThrowAsync<NotSupportedException>(async () => await server.DisposeAsync());

        using var http = new HttpClient { BaseAddress = server.BaseAddress };
        await Should.ThrowAsync<HttpRequestException>(() => http.GetAsync("status"));
        await using var again = await OpenAsync();
        again.LastBlock.Seqno.ShouldBe(1u);
    }

    // The transaction and its account as before, with one more outbound message.
    private static ExecutionResult AddMessage(ExecutionResult result, Cell message)
    {
        var cell = result.Transaction!;
        var stored = StoredTransaction.Load(cell, 0);
        var all = new HashmapE(15);
        foreach (var one in stored.OutMessages.Add(message)) all.Set((ulong)all.Count, new CellBuilder().StoreReference(one).Build());
        var builder = new CellBuilder().StoreBits(cell.Bits, cell.BitLength)
            .StoreReference(new CellBuilder().StoreMaybeReference(stored.InMessage).StoreDictionary(all).Build());
        foreach (var reference in cell.References.Skip(1)) builder.StoreReference(reference);
        var changed = builder.Build();
        var account = new CellBuilder().StoreReference(result.ShardAccount!.References[0]).StoreBits(changed.Hash).StoreUInt(stored.Lt, 64).Build();
        return ExecutionResult.Executed(changed, account);
    }

    private Task<DevnetChain> OpenAsync() => DevnetChain.OpenAsync(
        new DevnetOptions { Folder = _folder.Path }, _executor, _time, _log, CancellationToken.None);

    /// <summary>The real time, with timers that never fire and cannot be ended.</summary>
    private sealed class EndlessTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new EndlessTimer();
    }

    private sealed class EndlessTimer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose() => throw new NotSupportedException("This timer goes on for ever.");

        public ValueTask DisposeAsync() => throw new NotSupportedException("This timer goes on for ever.");
    }
}
