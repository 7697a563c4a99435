using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Registry;
using Cocoon.Contracts.Vouchers;
using Cocoon.Cryptography;
using Cocoon.Node.Connections;
using Cocoon.Node.Wallet;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Tl;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Microsoft.Extensions.Logging;

namespace Cocoon.Client.Payments;

/// <summary>
/// This client's contract with one proxy contract. What it needs next is decided anew from the chain at every look, one message at a time, so
/// nothing is lost or done twice when the process is killed.
/// </summary>
internal sealed partial class PaymentChannel
{
    private static readonly TimeSpan EffectTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(10);

    private readonly PaymentServices _services;
    private readonly ILogger _logger;
    private readonly NetworkParameters _parameters;
    private readonly SemaphoreSlim _acting = new(1, 1);
    private readonly Backoff _retries = new(FirstRetry, LongestRetry);
    private volatile bool _authorized;
    private volatile string? _trouble;
    private volatile string? _missingForRegistration;
    private PaymentStep _lastStep;
    private DateTimeOffset _notBefore;
    private DateTimeOffset? _retiredSince;
    private volatile ChannelView? _view;

    public PaymentChannel(
        TonAddress address, TonAddress proxyContract, Ed25519PublicKey proxyKey, NetworkParameters parameters, PaymentServices services)
    {
        Address = address;
        ProxyContract = proxyContract;
        _parameters = parameters;
        _services = services;
        _logger = services.Loggers.CreateLogger<PaymentChannel>();
        Count = new TokenCount(address, proxyKey, _logger);
    }

    /// <summary>The client contract.</summary>
    public TonAddress Address { get; }

    /// <summary>The proxy contract.</summary>
    public TonAddress ProxyContract { get; }

    /// <summary>What deploys the contract; null when it was only read back from the chain.</summary>
    public ClientContract? Contract { get; set; }

    /// <summary>What the chain held at the last look.</summary>
    public ChannelView? View => _view;

    /// <summary>Whether requests can be paid through it, as far as is known.</summary>
    public bool IsUsable => _view?.State is not { Phase: not ContractPhase.Normal };

    /// <summary>What keeps the channel from what it needs, if anything does.</summary>
    public string? Trouble => _trouble;

    /// <summary>What the wallet lacks to register, while a registration waits for it.</summary>
    public string? MissingForRegistration => _missingForRegistration;

    /// <summary>What the proxy and this client count.</summary>
    public TokenCount Count { get; }

    /// <summary>The end of the handshake, with the proxy's figures: from here on the contract is looked after.</summary>
    public void Authorized(IProxySignedPayment payment, long dbTokens, long maxTokens)
    {
        Count.Authorized(payment, dbTokens, maxTokens);
        _authorized = true;
    }

    /// <summary>Looks after the contract until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await CheckAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is not OperationCanceledException && IsTrouble(exception))
            {
                _trouble = exception.Message;
                LogTrouble(_services.Text(Address), exception.Message);
            }
            await Task.Delay(_services.Poll, _services.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>One look at the contract, and the step it needs, if any.</summary>
    public async Task<PaymentStep> CheckAsync(CancellationToken cancellationToken)
    {
        await _acting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var view = await RefreshAsync(cancellationToken).ConfigureAwait(false);
            var step = NextStep(view);
            if (step == PaymentStep.None)
            {
                _retries.Reset();
                _lastStep = step;
                return step;
            }
            var now = _services.Time.GetUtcNow();
            if (step == _lastStep && now < _notBefore)
                return PaymentStep.None;
            if (await MessagesUnderway.AnyAsync(_services.Chain, _services.Wallet.Address, Address, view.SyncedAt, cancellationToken).ConfigureAwait(false))
                return PaymentStep.None;
            if (step != _lastStep)
                _retries.Reset();
            _lastStep = step;
            _notBefore = now + _retries.Next();
            return await TakeAsync(step, view, cancellationToken).ConfigureAwait(false) ? step : PaymentStep.None;
        }
        finally
        {
            _acting.Release();
        }
    }

    /// <summary>Registers with the proxy: deploys, sets the secret and pays in what is missing on the way, all in the wallet's next batch.</summary>
    /// <exception cref="ChannelClosedException">The contract is closing or closed.</exception>
    /// <exception cref="IOException">The wallet did not send.</exception>
    public async Task RegisterAsync(ulong nonce, CancellationToken cancellationToken)
    {
        // What is queued is sent some day; before the money is there nothing may be, or every new session would queue it again.
        var view = await RefreshAsync(cancellationToken).ConfigureAwait(false);
        RequireOpen(view);
        await WaitForWalletAsync(RegistrationValue(view), cancellationToken).ConfigureAwait(false);
        await _acting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            view = await RefreshAsync(cancellationToken).ConfigureAwait(false);
            RequireOpen(view);
            var wallet = _services.Wallet.Address;
            var messages = new List<WalletMessage>();
            var topUp = Coins.Zero;
            if (!await MessagesUnderway.AnyAsync(_services.Chain, wallet, Address, view.SyncedAt, cancellationToken).ConfigureAwait(false))
            {
                var state = view.State ?? Contract!.InitialState;
                if (view.State is null)
                    messages.Add(ContractMessages.Deploy(Address, Contract!.StateInit));
                if (state.SecretHash != _services.SecretHash)
                    messages.Add(ContractMessages.SetSecret(Address, _services.SecretHash, wallet));
                if (_services.AutomaticTopUp && PaymentPolicy.NeedsTopUp(state, Count.Max))
                    topUp = await TakeTopUpAsync(PaymentPolicy.TopUpAmount(state), cancellationToken).ConfigureAwait(false);
                if (topUp > Coins.Zero)
                    messages.Add(ContractMessages.TopUp(Address, topUp, wallet));
            }
            messages.Add(ContractMessages.Register(Address, nonce, wallet));
            try
            {
                // Queued one after the other without waiting in between, so that they leave in one transaction, in this order.
                await Task.WhenAll(messages.Select(message => _services.Wallet.SendAsync(message, cancellationToken)).ToArray()).ConfigureAwait(false);
            }
            catch (IOException) when (topUp > Coins.Zero)
            {
                _services.Budget.GiveBack(topUp);
                throw;
            }
        }
        finally
        {
            _acting.Release();
        }
    }

    /// <summary>Adds money, by default one stake.</summary>
    /// <exception cref="InvalidOperationException">It is not possible now; the message says why.</exception>
    public Task<PaymentReport> TopUpAsync(Coins? amount, CancellationToken cancellationToken)
    {
        var taken = Coins.Zero;
        return ActAsync(
            "topup",
            async state =>
            {
                RequireNormal(state);
                var wanted = amount ?? PaymentPolicy.TopUpAmount(state);
                if (wanted == Coins.Zero)
                    throw new InvalidOperationException("Tokens are free on this network; there is nothing to add.");
                if (await WalletLacksAsync(ContractMessages.ActionValue + wanted, cancellationToken).ConfigureAwait(false) is { } lack)
                    throw new InvalidOperationException(lack);
                Count.Accept();
                taken = await TakeTopUpAsync(wanted, cancellationToken).ConfigureAwait(false);
                if (taken == Coins.Zero)
                    throw new InvalidOperationException(_trouble);
                return ContractMessages.TopUp(Address, taken, _services.Wallet.Address);
            },
            (before, now) => now.Balance.NanoTon >= before.Balance.NanoTon + taken.NanoTon || now.TokensUsed > before.TokensUsed,
            () => _services.Budget.GiveBack(taken),
            cancellationToken);
    }

    /// <summary>Takes out what is above the stake.</summary>
    /// <exception cref="InvalidOperationException">It is not possible now; the message says why.</exception>
    public Task<PaymentReport> WithdrawAsync(CancellationToken cancellationToken) => ActAsync(
        "withdraw",
        async state =>
        {
            RequireNormal(state);
            if (state.Balance <= state.Stake)
                throw new InvalidOperationException($"The balance is {state.Balance}, only what is above the stake of {state.Stake} can be withdrawn.");
            await RequireProxyHoldsAsync(state.Balance - state.Stake, cancellationToken).ConfigureAwait(false);
            return ContractMessages.Withdraw(Address, _services.Wallet.Address);
        },
        (before, now) => now.Balance < before.Balance,
        null,
        cancellationToken);

    /// <summary>Submits the newest voucher.</summary>
    /// <exception cref="InvalidOperationException">It is not possible now; the message says why.</exception>
    public Task<PaymentReport> ChargeAsync(CancellationToken cancellationToken) => ActAsync(
        "charge",
        state =>
        {
            if (state.Phase == ContractPhase.Closed)
                throw new InvalidOperationException(ClosedText());
            return Task.FromResult(ContractMessages.Charge(Address, NewerVoucher(state), _services.Wallet.Address));
        },
        (before, now) => now.TokensUsed > before.TokensUsed,
        null,
        cancellationToken);

    /// <summary>
    /// Closes the channel for good: asks for the refund and waits up to <paramref name="patience"/> for the proxy to grant it. With
    /// <paramref name="force"/> a closing contract whose delay is over is closed without the proxy; such a refund comes out of the proxy's stake only.
    /// </summary>
    /// <exception cref="InvalidOperationException">It is not possible now; the message says why.</exception>
    public async Task<PaymentReport> CloseAsync(bool force, TimeSpan patience, CancellationToken cancellationToken)
    {
        var view = await RefreshAsync(cancellationToken).ConfigureAwait(false);
        var state = view.State ?? throw NotDeployed();
        if (state.Phase == ContractPhase.Closed)
            return Report("close", state, true, "The contract was closed already.");
        if (state.Phase == ContractPhase.Normal || force)
        {
            await ActAsync(
                "close",
                async current =>
                {
                    if (current.Phase == ContractPhase.Closing)
                        await RequireForceableAsync(current, view.SyncedAt, cancellationToken).ConfigureAwait(false);
                    return ContractMessages.RequestRefund(Address, _services.Wallet.Address);
                },
                (before, now) => now.Phase > before.Phase,
                null,
                cancellationToken).ConfigureAwait(false);
            LogClosing(_services.Text(Address));
        }
        var latest = await WaitAsync(now => now.Phase == ContractPhase.Closed, patience, cancellationToken).ConfigureAwait(false) ?? state;
        return latest.Phase == ContractPhase.Closed
            ? Report("close", latest, true, $"The contract is closed; what was left went to the wallet {_services.Text(_services.Wallet.Address)}.")
            : Report(
                "close", latest, false,
                $"The refund is requested and waits for the proxy to grant it. Run 'close' again to see; from {latest.UnlockTime:u} on it can be forced with "
                + "force=true, which pays at most what the proxy has staked.");
    }

    /// <summary>Why a channel that is closing or closed takes nothing any more.</summary>
    public string ClosedText() =>
        $"The payment channel {_services.Text(Address)} is {(_view?.State?.Phase ?? ContractPhase.Normal).ToString().ToLowerInvariant()} "
        + "and takes nothing any more. A new one comes with another wallet (another StateFolder), another proxy, or when the network's parameters change.";

    private PaymentStep NextStep(ChannelView view)
    {
        if (_services.ParametersVersion() > _parameters.Version)
            _retiredSince ??= _services.Time.GetUtcNow();
        var retired = _retiredSince is not null;
        // The proxy's own closing needs time first; after half of what is left to spare this contract must start its own.
        var spare = (_parameters.ProxyCloseDelay - _parameters.ClientCloseDelay) / 2;
        if (retired && spare > TimeSpan.Zero && _services.Time.GetUtcNow() < _retiredSince + spare)
            return PaymentStep.None;
        if (view.State is null && (!_authorized || Contract is null))
            return PaymentStep.None;
        // Requests of a killed process may still be counted when the next one runs; half a stake is taken for that.
        var unexplained = Count.Unexplained;
        var plausible = view.State is null || unexplained <= PaymentPolicy.HalfStake(view.State);
        if (!plausible)
            Say($"The proxy counts {unexplained} tokens more than this client's requests can have used; the action 'topup' accepts its count and adds money.");
        return PaymentPolicy.Next(
            view.State, _services.SecretHash, Count.Max, Count.Committed, _authorized && _services.AutomaticTopUp && plausible, retired);
    }

    private async Task<bool> TakeAsync(PaymentStep step, ChannelView view, CancellationToken cancellationToken)
    {
        var wallet = _services.Wallet.Address;
        var needed = ContractMessages.ActionValue + (step == PaymentStep.TopUp ? PaymentPolicy.TopUpAmount(view.State!) : ContractMessages.Spare);
        if (await WalletLacksAsync(needed, cancellationToken).ConfigureAwait(false) is { } lack)
        {
            Say(lack);
            return false;
        }
        WalletMessage message;
        var taken = Coins.Zero;
        switch (step)
        {
            case PaymentStep.Deploy:
                message = ContractMessages.Deploy(Address, Contract!.StateInit);
                break;
            case PaymentStep.SetSecret:
                message = ContractMessages.SetSecret(Address, _services.SecretHash, wallet);
                break;
            case PaymentStep.TopUp:
                taken = await TakeTopUpAsync(PaymentPolicy.TopUpAmount(view.State!), cancellationToken).ConfigureAwait(false);
                if (taken == Coins.Zero)
                    return false;
                message = ContractMessages.TopUp(Address, taken, wallet);
                break;
            case PaymentStep.Charge:
                message = ContractMessages.Charge(Address, NewerVoucher(view.State!), wallet);
                break;
            default:
                message = ContractMessages.RequestRefund(Address, wallet);
                break;
        }
        LogStep(_services.Text(Address), step, message.Value);
        try
        {
            await _services.Wallet.SendAsync(message, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException) when (taken > Coins.Zero)
        {
            _services.Budget.GiveBack(taken);
            throw;
        }
        _trouble = null;
        return true;
    }

    /// <summary>What the wallet lacks to send messages of a value, or null when nothing.</summary>
    private async Task<string?> WalletLacksAsync(Coins value, CancellationToken cancellationToken)
    {
        var needed = NeededFor(value);
        var balance = await _services.Wallet.ReadBalanceAsync(cancellationToken).ConfigureAwait(false);
        return balance >= needed ? null
            : $"The wallet {_services.Text(_services.Wallet.Address)} holds {balance}, wanted at least {needed}. Send TON to it.";
    }

    private async Task WaitForWalletAsync(Coins value, CancellationToken cancellationToken)
    {
        try
        {
            while (await WalletLacksAsync(value, cancellationToken).ConfigureAwait(false) is { } lack)
            {
                _missingForRegistration = lack;
                Say(lack);
                await Task.Delay(_services.Poll, _services.Time, cancellationToken).ConfigureAwait(false);
            }
            _trouble = null;
        }
        finally
        {
            _missingForRegistration = null;
        }
    }

    private static Coins NeededFor(Coins value)
    {
        var cost = value + ContractMessages.Spare;
        return cost > NodeWallet.MinimumBalance ? cost : NodeWallet.MinimumBalance;
    }

    private Coins RegistrationValue(ChannelView view)
    {
        var state = view.State ?? Contract!.InitialState;
        var value = ContractMessages.RegisterValue;
        if (view.State is null)
            value += ContractMessages.DeployValue;
        if (state.SecretHash != _services.SecretHash)
            value += ContractMessages.ActionValue;
        var topUp = PaymentPolicy.TopUpAmount(state);
        if (_services.AutomaticTopUp && PaymentPolicy.NeedsTopUp(state, Count.Max) && topUp <= _services.Budget.Left)
            value += ContractMessages.ActionValue + topUp;
        return value;
    }

    // A proxy contract that closes hands a top-up to the client's wallet but leaves the claim standing; one that does not exist loses track of it.
    private async Task<Coins> TakeTopUpAsync(Coins amount, CancellationToken cancellationToken)
    {
        var proxy = await _services.Chain.GetAccountAsync(ProxyContract, cancellationToken).ConfigureAwait(false);
        if (proxy.Data is not { } data || ProxyContractState.Decode(data).Phase != ContractPhase.Normal)
        {
            Say($"The proxy contract {_services.Text(ProxyContract)} is not in use on chain; no money is sent to it.");
            return Coins.Zero;
        }
        if (_services.Budget.TryTake(amount))
            return amount;
        Say($"Adding {amount} would exceed the budget: {_services.Budget.Spent} of {_services.Budget.Limit} are spent. Raise BudgetTon.");
        return Coins.Zero;
    }

    private async Task<PaymentReport> ActAsync(
        string action,
        Func<ClientContractState, Task<WalletMessage>> prepare,
        Func<ClientContractState, ClientContractState, bool> done,
        Action? notSent,
        CancellationToken cancellationToken)
    {
        await _acting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var view = await RefreshAsync(cancellationToken).ConfigureAwait(false);
            var before = view.State ?? throw NotDeployed();
            if (await MessagesUnderway.AnyAsync(_services.Chain, _services.Wallet.Address, Address, view.SyncedAt, cancellationToken).ConfigureAwait(false))
                throw new InvalidOperationException("An earlier message to the contract is still on its way. Try again in some seconds.");
            var message = await prepare(before).ConfigureAwait(false);
            if (notSent is null && await WalletLacksAsync(message.Value, cancellationToken).ConfigureAwait(false) is { } lack)
                throw new InvalidOperationException(lack);
            try
            {
                await _services.Wallet.SendAsync(message, cancellationToken).ConfigureAwait(false);
            }
            catch (IOException) when (notSent is not null)
            {
                notSent();
                throw;
            }
            var after = await WaitAsync(now => done(before, now), EffectTimeout, cancellationToken).ConfigureAwait(false) ?? before;
            return done(before, after)
                ? Report(action, after, true, "Done.")
                : Report(
                    action, after, false,
                    $"The message was sent, but the contract shows no effect after {EffectTimeout.TotalSeconds:0} s. Look at the status later.");
        }
        finally
        {
            _acting.Release();
        }
    }

    /// <summary>Looks until a condition holds or patience ends; the last state seen.</summary>
    private async Task<ClientContractState?> WaitAsync(Func<ClientContractState, bool> condition, TimeSpan patience, CancellationToken cancellationToken)
    {
        var started = _services.Time.GetTimestamp();
        while (true)
        {
            try
            {
                var view = await RefreshAsync(cancellationToken).ConfigureAwait(false);
                if (view.State is { } state && condition(state))
                    return state;
            }
            catch (Exception exception) when (IsTrouble(exception))
            {
                LogTrouble(_services.Text(Address), exception.Message);
            }
            if (_services.Time.GetElapsedTime(started) >= patience)
                return _view?.State;
            await Task.Delay(_services.Poll, _services.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<ChannelView> RefreshAsync(CancellationToken cancellationToken)
    {
        var account = await _services.Chain.GetAccountAsync(Address, cancellationToken).ConfigureAwait(false);
        var view = new ChannelView(account.Data is { } data ? ClientContractState.Decode(data) : null, account.SyncedAt);
        _view = view;
        return view;
    }

    private Voucher NewerVoucher(ClientContractState state) => Count.VoucherAfter(state.TokensUsed) ?? throw new InvalidOperationException(
        $"The newest voucher says {Count.Committed} tokens, the chain {state.TokensUsed}; there is nothing to charge.");

    // The contract forgets the claim even when the proxy contract cannot pay it.
    private async Task RequireProxyHoldsAsync(Coins amount, CancellationToken cancellationToken)
    {
        var proxy = await _services.Chain.GetAccountAsync(ProxyContract, cancellationToken).ConfigureAwait(false);
        var needed = amount + Coins.FromTon(0.1m);
        if (proxy.Data is null || proxy.Balance < needed)
        {
            throw new InvalidOperationException(
                $"The proxy contract holds {proxy.Balance}, {needed} are needed to pay; the claim would be lost. Try again later.");
        }
    }

    private async Task RequireForceableAsync(ClientContractState state, DateTimeOffset chainTime, CancellationToken cancellationToken)
    {
        if (state.UnlockTime is not { } unlock || chainTime <= unlock)
            throw new InvalidOperationException($"The refund can be forced after {state.UnlockTime:u}; the chain's time is {chainTime:u}.");
        var proxy = await _services.Chain.GetAccountAsync(ProxyContract, cancellationToken).ConfigureAwait(false);
        var stake = proxy.Data is { } data ? ProxyContractState.Decode(data).Stake : Coins.Zero;
        LogForced(_services.Text(Address), state.Balance, stake);
    }

    private void RequireOpen(ChannelView view)
    {
        if (view.State is { Phase: not ContractPhase.Normal })
            throw new ChannelClosedException(ClosedText());
    }

    private void RequireNormal(ClientContractState state)
    {
        if (state.Phase != ContractPhase.Normal)
            throw new InvalidOperationException(ClosedText());
    }

    private InvalidOperationException NotDeployed() => new(
        $"The contract {_services.Text(Address)} is not on chain yet; it is deployed when the proxy is connected and the wallet has money.");

    private PaymentReport Report(string action, ClientContractState state, bool completed, string message) =>
        new(action, _services.Text(Address), state.Phase.ToString(), state.Balance.ToString(), completed, message);

    private void Say(string trouble)
    {
        if (_trouble == trouble)
            return;
        _trouble = trouble;
        LogTrouble(_services.Text(Address), trouble);
    }

    private static bool IsTrouble(Exception exception) =>
        exception is TonChainException or CellFormatException or HttpRequestException or IOException or TlFormatException;

    [LoggerMessage(LogLevel.Warning, "Payment channel {Channel}: {Reason}")]
    private partial void LogTrouble(string channel, string reason);

    [LoggerMessage(LogLevel.Information, "Payment channel {Channel}: {Step}, sending {Value}")]
    private partial void LogStep(string channel, PaymentStep step, Coins value);

    [LoggerMessage(LogLevel.Information, "Payment channel {Channel} is closing; waiting for the proxy to grant the refund")]
    private partial void LogClosing(string channel);

    [LoggerMessage(LogLevel.Warning, "Payment channel {Channel}: forcing the refund of {Balance} out of the proxy's stake of {Stake}")]
    private partial void LogForced(string channel, Coins balance, Coins stake);
}
