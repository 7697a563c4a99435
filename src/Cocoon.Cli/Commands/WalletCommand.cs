using System.CommandLine;
using Cocoon.Ton;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Messages;
using Cocoon.Ton.TonCenter;
using Cocoon.Ton.Wallets;

namespace Cocoon.Cli.Commands;

/// <summary><c>cocoon wallet</c>: 24-word TON wallets.</summary>
internal static class WalletCommand
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    public static Command Create() => new("wallet", "Makes, shows and uses TON wallets of 24 words.") { New(), Show(), Send() };

    private static Command New()
    {
        var file = WordsFile();
        var version = Version();
        var json = CommonOptions.Json();
        var command = new Command("new", "Makes a wallet and writes its words to a new file.") { file, version, json };
        command.Run((parsed, _) =>
        {
            var path = parsed.GetValue(file)!;
            if (File.Exists(path))
                throw new IOException($"'{path}' exists and is not overwritten. Choose another --words-file.");
            var mnemonic = Mnemonic.Generate();
            WalletFile.Write(path, mnemonic);
            using var key = mnemonic.ToPrivateKey();
            var wallet = WalletFile.Open(key, parsed.GetValue(version)!);
            Print(wallet, path, null, parsed.GetValue(json));
            return Task.FromResult(0);
        });
        return command;
    }

    private static Command Show()
    {
        var file = WordsFile();
        var version = Version();
        var url = Url();
        var json = CommonOptions.Json();
        var command = new Command("show", "Shows a wallet's address and balance.") { file, version, url, json };
        command.Run(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetValue(file)!;
            using var key = WalletFile.Read(path).ToPrivateKey();
            var wallet = WalletFile.Open(key, parsed.GetValue(version)!);
            using var http = new HttpClient();
            var account = await Chain(http, parsed.GetValue(url)!).GetAccountAsync(wallet.Address, cancellationToken).ConfigureAwait(false);
            Print(wallet, path, account, parsed.GetValue(json));
            return 0;
        });
        return command;
    }

    private static Command Send()
    {
        var file = WordsFile();
        var version = Version();
        var url = Url();
        var to = new Option<string>("--to") { Description = "The receiver's address.", Required = true };
        var amount = new Option<string>("--amount") { Description = "How much, in TON, for example 1.5.", Required = true };
        var json = CommonOptions.Json();
        var command = new Command("send", "Sends TON and waits until the chain has taken it.") { file, version, url, to, amount, json };
        command.Run(async (parsed, cancellationToken) =>
        {
            if (!TonAddress.TryParse(parsed.GetValue(to), out var receiver, out var bounceable, out _))
                throw new FormatException($"--to: '{parsed.GetValue(to)}' is not a TON address.");
            if (!Coins.TryParse(parsed.GetValue(amount), out var value))
                throw new FormatException($"--amount: '{parsed.GetValue(amount)}' is not an amount of TON.");
            using var key = WalletFile.Read(parsed.GetValue(file)!).ToPrivateKey();
            var wallet = WalletFile.Open(key, parsed.GetValue(version)!);
            using var http = new HttpClient();
            await SendAsync(Chain(http, parsed.GetValue(url)!), wallet, new InternalMessage { Destination = receiver, Value = value, Bounce = bounceable }, cancellationToken)
                .ConfigureAwait(false);
            if (parsed.GetValue(json))
                CommandRun.PrintJson(new { from = wallet.Address.ToRaw(), to = receiver.ToRaw(), nanoTon = value.NanoTon.ToString(), sent = true });
            else
                Console.Out.WriteLine($"Sent {value} to {parsed.GetValue(to)}.");
            return 0;
        });
        return command;
    }

    /// <summary>Sends a message from a wallet; ends when the wallet's transaction stands on chain.</summary>
    public static async Task SendAsync(ITonChain chain, IWallet wallet, InternalMessage message, CancellationToken cancellationToken)
    {
        var account = await chain.GetAccountAsync(wallet.Address, cancellationToken).ConfigureAwait(false);
        if (account.Balance <= message.Value)
            throw new InvalidOperationException($"The wallet {wallet.Address} holds {account.Balance}, sending {message.Value} needs that and fees. Send TON to it first.");
        var seqno = wallet.ReadSeqno(account.Data);
        var external = wallet.CreateTransfer(
            seqno, TimeProvider.System.GetUtcNow() + Lifetime, [new OutgoingMessage(message.ToCell(), 3)], includeStateInit: account.Data is null);
        await chain.SendAsync(external, cancellationToken).ConfigureAwait(false);
        var deadline = TimeProvider.System.GetUtcNow() + Lifetime;
        while (TimeProvider.System.GetUtcNow() < deadline)
        {
            var now = await chain.GetAccountAsync(wallet.Address, cancellationToken).ConfigureAwait(false);
            if (now.Data is not null && wallet.ReadSeqno(now.Data) > seqno)
                return;
            await Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
        throw new IOException($"The chain has not taken the transfer within {Lifetime.TotalSeconds:0} s; it can no longer be executed. Try again.");
    }

    private static TonCenterClient Chain(HttpClient http, string url) =>
        new(http, new TonCenterOptions { BaseAddress = new Uri(url) }, TimeProvider.System);

    private static Option<string> WordsFile() => new("--words-file") { Description = "File with the 24 words.", DefaultValueFactory = _ => "wallet.words" };

    private static Option<string> Version()
    {
        var option = new Option<string>("--version") { Description = "Wallet contract: v3r2, v4r2 or v5r1.", DefaultValueFactory = _ => "v5r1" };
        option.AcceptOnlyFromAmong("v3r2", "v4r2", "v5r1");
        return option;
    }

    private static Option<string> Url() => new("--url")
    {
        Description = "toncenter-compatible API of the chain.",
        DefaultValueFactory = _ => "http://127.0.0.1:8081/api/v2/",
    };

    private static void Print(IWallet wallet, string file, AccountState? account, bool json)
    {
        if (json)
        {
            CommandRun.PrintJson(new
            {
                version = wallet.Version,
                address = wallet.Address.ToFriendly(bounceable: false, testnet: false),
                raw = wallet.Address.ToRaw(),
                wordsFile = Path.GetFullPath(file),
                status = account?.Status,
                balanceNanoTon = account?.Balance.NanoTon.ToString(),
            });
            return;
        }
        Console.Out.WriteLine($"address  {wallet.Address.ToFriendly(bounceable: false, testnet: false)} ({wallet.Version})");
        Console.Out.WriteLine($"words    {Path.GetFullPath(file)} (whoever reads them owns the wallet)");
        if (account is not null)
            Console.Out.WriteLine($"balance  {account.Balance} ({account.Status})");
    }
}
