using System.Collections.Immutable;
using System.Diagnostics;
using System.Numerics;
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
public sealed class ExecutorTests(ExecutorFixture fixture)
{
    private const uint Now = 1_767_225_600;

    // SETCP0; DROP: the method's id goes, its arguments stay as the answer.
    private static readonly Cell EchoCode = new CellBuilder().StoreBytes([0xFF, 0x00, 0x30]).Build();

    [Fact]
    public async Task Executor_runs_a_real_transaction()
    {
        var result = await ExecuteGenesisAsync(fixture.Executor);

        result.Rejection.ShouldBeNull();
        var transaction = TonTransaction.Load(result.Transaction!);
        transaction.Account.ShouldBe(FaucetContract.Address);
        transaction.Lt.ShouldBe(1_000_000UL);
        transaction.ComputeSucceeded.ShouldBeTrue();
        transaction.TotalFees.ShouldBeGreaterThan(Coins.Zero);
        var account = AccountView.Load(result.ShardAccount!);
        account.State!.Code.ShouldBe(FaucetContract.State.Code);
        account.Balance.ShouldBe(Coins.FromTon(1000) - transaction.TotalFees);
        account.LastHash.ShouldBe(result.Transaction!.Hash);
    }

    [Fact]
    public async Task Message_no_contract_accepts_is_rejected_with_its_exit_code()
    {
        using var wallet = new TestWallet(1);
        var funded = await ExecuteAsync(AccountView.None.ShardAccount, Internal(wallet.Address, Coins.FromTon(1)), 1_000_000);
        var message = wallet.Transfer(0, DateTimeOffset.FromUnixTimeSeconds(Now - 3600), wallet.Address, Coins.FromTon(0.1m));

        var result = await ExecuteAsync(funded.ShardAccount!, message, 2_000_000);

        result.Transaction.ShouldBeNull();
        result.Rejection.ShouldNotBeNull();
        // The wallet's own code for a message past its valid_until.
        result.ExitCode.ShouldBe(35);
    }

    [Fact]
    public async Task Every_kind_of_stack_value_goes_into_the_emulator_and_comes_back()
    {
        var cell = new CellBuilder().StoreUInt(5, 7).StoreReference(new CellBuilder().StoreBit(true).Build()).Build();
        var most = BigInteger.Pow(2, 256) - 1;
        ImmutableArray<StackEntry> stack =
        [
            new StackEntry.Number(0), new StackEntry.Number(-1), new StackEntry.Number(long.MaxValue), new StackEntry.Number(long.MinValue),
            new StackEntry.Number(most), new StackEntry.Number(-most - 1), new StackEntry.Null(), new StackEntry.CellValue(cell),
            new StackEntry.SliceValue(cell), new StackEntry.BuilderValue(cell), new StackEntry.TupleValue([]),
            new StackEntry.TupleValue([new StackEntry.Number(1)]),
            new StackEntry.TupleValue([new StackEntry.Number(1), new StackEntry.Null()]),
            new StackEntry.TupleValue([new StackEntry.TupleValue([new StackEntry.CellValue(cell)]), new StackEntry.Number(2), new StackEntry.Number(3), new StackEntry.Number(-4)]),
        ];

        var result = await fixture.Executor.RunGetMethodAsync(
            new GetMethodRequest(FaucetContract.Address, EchoCode, Cell.Empty, Coins.Zero, 1, stack, Now, Bits256.Zero, 1_000_000), CancellationToken.None);

        result.ExitCode.ShouldBe(0);
        result.GasUsed.ShouldBeGreaterThan(0);
        result.Stack.Select(Describe).ShouldBe(stack.Select(Describe));
    }

    [Fact]
    public async Task Executor_whose_process_was_killed_goes_on_with_a_new_one()
    {
        await using var executor = new NodeSandboxExecutor(new NodeSandboxOptions(), NullLogger<NodeSandboxExecutor>.Instance);
        var before = await ExecuteGenesisAsync(executor);
        var id = executor.ProcessId!.Value;
        using (var process = Process.GetProcessById(id))
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        var after = await ExecuteGenesisAsync(executor);

        after.Transaction!.Hash.ShouldBe(before.Transaction!.Hash);
        executor.ProcessId.ShouldNotBe(id);
    }

    [Fact]
    public async Task Missing_packages_are_installed_once_for_all_who_wait_for_them()
    {
        using var folder = new TempFolder();
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Executor")))
            File.Copy(file, Path.Combine(folder.Path, Path.GetFileName(file)));
        var options = new NodeSandboxOptions { ExecutorFolder = folder.Path };
        var log = new ListLogger<NodeSandboxExecutor>();
        await using var one = new NodeSandboxExecutor(options, log);
        await using var other = new NodeSandboxExecutor(options, log);

        var results = await Task.WhenAll(ExecuteGenesisAsync(one), ExecuteGenesisAsync(other));

        results[0].Transaction.ShouldNotBeNull();
        results[1].Transaction.ShouldBe(results[0].Transaction);
        log.Messages.ShouldHaveSingleItem().ShouldContain(folder.Path);
    }

    [Fact]
    public async Task Process_ends_with_the_executor()
    {
        var executor = new NodeSandboxExecutor(new NodeSandboxOptions(), NullLogger<NodeSandboxExecutor>.Instance);
        await ExecuteGenesisAsync(executor);
        using var process = Process.GetProcessById(executor.ProcessId!.Value);

        await executor.DisposeAsync();

        process.HasExited.ShouldBeTrue();
    }

    [Fact]
    public async Task Missing_Node_is_named_in_the_error()
    {
        await using var executor = new NodeSandboxExecutor(new NodeSandboxOptions { NodeCommand = "no-such-node" }, NullLogger<NodeSandboxExecutor>.Instance);

        var error = await Should.ThrowAsync<ExecutorException>(() => ExecuteGenesisAsync(executor));

        error.Message.ShouldContain("no-such-node");
        error.Message.ShouldContain("Node.js 20");
        error.IsUnavailable.ShouldBeTrue();
    }

    [Fact]
    public async Task Folder_without_the_executor_is_named_in_the_error()
    {
        using var folder = new TempFolder();
        await using var executor = new NodeSandboxExecutor(new NodeSandboxOptions { ExecutorFolder = folder.Path }, NullLogger<NodeSandboxExecutor>.Instance);

        var error = await Should.ThrowAsync<ExecutorException>(() => ExecuteGenesisAsync(executor));

        error.Message.ShouldContain(folder.Path);
        error.IsUnavailable.ShouldBeTrue();
    }

    [Fact]
    public async Task Process_that_starts_and_then_dies_may_do_so_because_of_the_request()
    {
        using var folder = new TempFolder();
        var modules = Directory.CreateDirectory(Path.Combine(folder.Path, "node_modules"));
        await File.WriteAllTextAsync(Path.Combine(modules.FullName, ".package-lock.json"), "{}");
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "package.json"), """{"dependencies":{}}""");
        await File.WriteAllTextAsync(
            Path.Combine(folder.Path, "executor.mjs"), """console.log('{"ready":true}'); process.stdin.once('data', () => process.exit(1));""");
        await using var executor = new NodeSandboxExecutor(new NodeSandboxOptions { ExecutorFolder = folder.Path }, NullLogger<NodeSandboxExecutor>.Instance);

        var error = await Should.ThrowAsync<ExecutorException>(() => ExecuteGenesisAsync(executor));

        error.Message.ShouldContain("failed twice");
        error.IsUnavailable.ShouldBeFalse();
    }

    [Fact]
    public void Installers_of_one_folder_share_one_lock()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Executor");

        NodeModules.LockPath(folder + "/").ShouldBe(NpmPackages.LockPath(folder));
        NpmPackages.LockPath(AppContext.BaseDirectory).ShouldNotBe(NpmPackages.LockPath(folder));
    }

    [Fact]
    public async Task Program_that_does_not_speak_the_protocol_is_given_up_after_one_retry()
    {
        // "cat" ends at once without the announcement: the script is no text it repeats as JSON.
        await using var executor = new NodeSandboxExecutor(new NodeSandboxOptions { NodeCommand = "cat" }, NullLogger<NodeSandboxExecutor>.Instance);

        var error = await Should.ThrowAsync<ExecutorException>(() => ExecuteGenesisAsync(executor));

        error.Message.ShouldContain("failed twice");
        error.IsUnavailable.ShouldBeTrue();
    }

    [Theory]
    [InlineData("seqno", 85143)]
    [InlineData("get_public_key", 78748)]
    public void Get_method_ids_are_those_of_the_network(string name, int id) => GetMethodId.Of(name).ShouldBe(id);

    private static Cell Internal(TonAddress to, Coins value) =>
        new InternalMessage { Source = FaucetContract.Address, Destination = to, Value = value, Bounce = false, CreatedLt = 1, CreatedAt = Now }.ToCell();

    private static string Describe(StackEntry entry) => entry switch
    {
        StackEntry.TupleValue tuple => $"({string.Join(", ", tuple.Items.Select(Describe))})",
        _ => entry.ToString(),
    };

    private static Task<ExecutionResult> ExecuteGenesisAsync(NodeSandboxExecutor executor) => executor.ExecuteAsync(
        new ExecutionRequest(AccountView.None.ShardAccount, FaucetContract.Genesis(Coins.FromTon(1000), Now), Now, 1_000_000, Bits256.Zero), CancellationToken.None);

    private Task<ExecutionResult> ExecuteAsync(Cell account, Cell message, ulong lt) =>
        fixture.Executor.ExecuteAsync(new ExecutionRequest(account, message, Now, lt, Bits256.Zero), CancellationToken.None);
}
