using System.Security.Cryptography;
using System.Text;
using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Messages;
using Cocoon.Contracts.Registry;
using Cocoon.Contracts.Vouchers;
using Cocoon.Cryptography;
using Cocoon.Node.Connections;
using Cocoon.Node.FixedNetwork;
using Cocoon.Node.Wallet;
using Cocoon.Protocol.Messages;
using Cocoon.Ton;
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
    private readonly CancellationToken _lifetime;
    private readonly SemaphoreSlim _acting = new(1, 1);
    private readonly SemaphoreSlim _registering = new(1, 1);
    private readonly Backoff _retries = new(FirstRetry, LongestRetry);
    private readonly Backoff _registrations = new(FirstRetry, LongestRetry);
    private Task _sending = Task.CompletedTask;
    private Task _registrationPause = Task.CompletedTask;
    private volatile bool _paid;
    private volatile bool _authorized;
    private volatile string? _trouble;
    private volatile string? _missingForRegistration;
    private PaymentStep _lastStep;
    private DateTimeOffset _notBefore;
    private DateTimeOffset? _retiredSince;
    private volatile ChannelView? _view;

    public PaymentChannel(
        TonAddress address, TonAddress proxyContract, Ed25519PublicKey proxyKey, NetworkParameters parameters, PaymentServices services,
        CancellationToken lifetime)
    {
        Address = address;
        ProxyContract = proxyContract;
        _parameters = parameters;
        _services = services;
        _lifetime = lifetime;
        // Without a chain to put its hash on, everybody's secret is the empty one.
        Secret = services.Chain is FixedChain ? "" : Convert.ToHexStringLower(
            HMACSHA256.HashData(Encoding.UTF8.GetBytes(services.MasterSecret), Encoding.UTF8.GetBytes(proxyContract.ToRaw())));
        SecretHash = Bits256.Sha256(Encoding.ASCII.GetBytes(Secret));
        _logger = services.Loggers.CreateLogger<PaymentChannel>();
        Count = new TokenCount(address, proxyKey, _logger);
    }

    /// <summary>The client contract.</summary>
    public TonAddress Address { get; }

    /// <summary>The proxy contract.</summary>
    public TonAddress ProxyContract { get; }

    /// <summary>
    /// What this proxy, and no other, is shown in a short authorisation: it could show it to others in this client's name.
    /// </summary>
    public string Secret { get; }

    /// <summary>The SHA-256 of <see cref="Secret"/>, which belongs on chain.</summary>
    public Bits256 SecretHash { get; }

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
        Count.Update(payment, dbTokens, maxTokens);
        _authorized = true;
    }

    /// <summary>A request was served and paid for: the proxy is worth registering with.</summary>
    public void RequestPaid() => _paid = true;

    /// <summary>Looks after the contract until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await CheckAsync(cancellationToken).ConfigureAwait(false);
            }
            // Nobody else looks after this money, so nothing but its own end may end this loop.
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
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
            await SentAsync(cancellationToken).ConfigureAwait(false);
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

    /// <summary>
    /// Registers with the proxy: deploys, sets the secret and pays in what is missing on the way, all in the wallet's next batch. Each
    /// registration costs fees, so it waits longer and longer for the next one until a request was served and paid for.
    /// </summary>
    /// <exception cref="ChannelClosedException">The contract is closing or closed.</exception>
    /// <exception cref="IOException">The wallet did not send.</exception>
    public async Task RegisterAsync(ulong nonce, CancellationToken cancellationToken)
    {
        await _registering.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_paid)
                await _registrationPause.WaitAsync(cancellationToken).ConfigureAwait(false);
            await SendRegistrationAsync(nonce, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _registering.Release();
        }
    }

    private async Task SendRegistrationAsync(ulong nonce, CancellationToken cancellationToken)
    {
        // What is queued is sent some day; before the money is there nothing may be, or every new session would queue it again.
        var view = await RefreshAsync(cancellationToken).ConfigureAwait(false);
        RequireOpen(view);
        await WaitForWalletAsync(RegistrationValue(view), cancellationToken).ConfigureAwait(false);
        await _acting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await SentAsync(cancellationToken).ConfigureAwait(false);
            view = await RefreshAsync(cancellationToken).ConfigureAwait(false);
            RequireOpen(view);
            var wallet = _services.Wallet.Address;
            var messages = new List<Payment>();
            if (!await MessagesUnderway.AnyAsync(_services.Chain, wallet, Address, view.SyncedAt, cancellationToken).ConfigureAwait(false))
            {
                var state = view.State ?? Contract!.InitialState;
                if (view.State is null)
                    messages.Add(new(ContractMessages.Deploy(Address, Contract!.StateInit)));
                if (state.SecretHash != SecretHash)
                    messages.Add(new(ContractMessages.SetSecret(Address, SecretHash, wallet)));
                if (MayTopUp(view) && PaymentPolicy.NeedsTopUp(state, Count.Max)
                    && await TakeTopUpAsync(PaymentPolicy.TopUpAmount(state), cancellationToken).ConfigureAwait(false) is { } topUp)
                    messages.Add(topUp);
            }
            messages.Add(new(ContractMessages.Register(Address, nonce, wallet)));
            if (_paid)
                _registrations.Reset();
            _paid = false;
            _registrationPause = Task.Delay(_registrations.Next(), _services.Time, _lifetime);
            await SendAsync(messages, cancellationToken).ConfigureAwait(false);
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
                if (await WalletLacksAsync(MessageValues.ClientCommand + wanted, cancellationToken).ConfigureAwait(false) is { } lack)
                    throw new InvalidOperationException(lack);
                Count.Accept();
                taken = wanted;
                return await TakeTopUpAsync(wanted, cancellationToken).ConfigureAwait(false) ?? throw new InvalidOperationException(_trouble);
            },
            (before, now) => now.Balance.NanoTon >= before.Balance.NanoTon + taken.NanoTon || now.TokensUsed > before.TokensUsed,
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
            return new Payment(ContractMessages.Withdraw(Address, _services.Wallet.Address));
        },
        (before, now) => now.Balance < before.Balance,
        cancellationToken);

    /// <summary>Submits the newest voucher.</summary>
    /// <exception cref="InvalidOperationException">It is not possible now; the message says why.</exception>
    public Task<PaymentReport> ChargeAsync(CancellationToken cancellationToken) => ActAsync(
        "charge",
        state =>
        {
            if (state.Phase == ContractPhase.Closed)
                throw new InvalidOperationException(ClosedText());
            return Task.FromResult(new Payment(ContractMessages.Charge(Address, NewerVoucher(state), _services.Wallet.Address)));
        },
        (before, now) => now.TokensUsed > before.TokensUsed,
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
                    return new Payment(ContractMessages.RequestRefund(Address, _services.Wallet.Address));
                },
                (before, now) => now.Phase > before.Phase,
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
        if (_services.Chain is FixedChain)
            return PaymentStep.None;
        if (_services.ParametersVersion() > _parameters.Version)
            _retiredSince ??= _services.Time.GetUtcNow();
        var retired = _retiredSince is not null;
        // The proxy's own closing needs time first; after half of what is left to spare this contract must start its own.
        var spare = (_parameters.ProxyCloseDelay - _parameters.ClientCloseDelay) / 2;
        if (retired && spare > TimeSpan.Zero && _services.Time.GetUtcNow() < _retiredSince + spare)
            return PaymentStep.None;
        if (view.State is null && (!_authorized || Contract is null))
            return PaymentStep.None;
        return PaymentPolicy.Next(view.State, SecretHash, Count.Max, Count.Committed, MayTopUp(view) && _authorized, retired);
    }

    // Requests of a killed process may still be counted when the next one runs; half a stake is taken for that.
    private bool MayTopUp(ChannelView view)
    {
        var unexplained = Count.Unexplained;
        if (view.State is { } state && unexplained > PaymentPolicy.HalfStake(state))
        {
            Say($"The proxy counts {unexplained} tokens more than this client's requests can have used; the action 'topup' accepts its count and adds money.");
            return false;
        }
        if (view.State is { } known && PaymentPolicy.IsOverdrawn(known, Count.Max))
        {
            Say($"The proxy counts {Count.Max} tokens, far more than was ever paid in; no money is added by itself.");
            return false;
        }
        return _services.AutomaticTopUp;
    }

    private async Task<bool> TakeAsync(PaymentStep step, ChannelView view, CancellationToken cancellationToken)
    {
        var wallet = _services.Wallet.Address;
        var needed = MessageValues.ClientCommand + (step == PaymentStep.TopUp ? PaymentPolicy.TopUpAmount(view.State!) : ContractMessages.Spare);
        if (await WalletLacksAsync(needed, cancellationToken).ConfigureAwait(false) is { } lack)
        {
            Say(lack);
            return false;
        }
        Payment? payment = step switch
        {
            PaymentStep.Deploy => new(ContractMessages.Deploy(Address, Contract!.StateInit)),
            PaymentStep.SetSecret => new(ContractMessages.SetSecret(Address, SecretHash, wallet)),
            PaymentStep.TopUp => await TakeTopUpAsync(PaymentPolicy.TopUpAmount(view.State!), cancellationToken).ConfigureAwait(false),
            PaymentStep.Charge => new(ContractMessages.Charge(Address, NewerVoucher(view.State!), wallet)),
            _ => new(ContractMessages.RequestRefund(Address, wallet)),
        };
        if (payment is not { } sent)
            return false;
        LogStep(_services.Text(Address), step, sent.Message.Value);
        await SendAsync([sent], cancellationToken).ConfigureAwait(false);
        _trouble = null;
        return true;
    }

    // Queued, a message is sent some day. The send therefore belongs to the channel, not to whoever asked for it: who gives up only stops waiting,
    // and who acts next waits for it first, or would send the same again.
    private Task SendAsync(IReadOnlyList<Payment> payments, CancellationToken cancellationToken)
    {
        // Queued one after the other without waiting in between, so that they leave in one transaction, in this order.
        _sending = Task.WhenAll(payments.Select(SendOneAsync).ToArray());
        return _sending.WaitAsync(cancellationToken);
    }

    private async Task SentAsync(CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task SendOneAsync(Payment payment)
    {
        try
        {
            await _services.Wallet.SendAsync(payment.Message, _lifetime).ConfigureAwait(false);
        }
        // Each on its own: of messages queued together some may have left.
        catch (IOException) when (payment.TopUp > Coins.Zero)
        {
            _services.Budget.GiveBack(payment.TopUp);
            throw;
        }
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
        var value = MessageValues.RegisterClient;
        if (view.State is null)
            value += MessageValues.DeployClient;
        if (state.SecretHash != SecretHash)
            value += MessageValues.ClientCommand;
        var topUp = PaymentPolicy.TopUpAmount(state);
        if (MayTopUp(view) && PaymentPolicy.NeedsTopUp(state, Count.Max) && topUp <= _services.Budget.Left)
            value += MessageValues.ClientCommand + topUp;
        return value;
    }

    // A proxy contract that closes hands a top-up to the client's wallet but leaves the claim standing; one that does not exist loses track of it.
    private async Task<Payment?> TakeTopUpAsync(Coins amount, CancellationToken cancellationToken)
    {
        var proxy = await _services.Chain.GetAccountAsync(ProxyContract, cancellationToken).ConfigureAwait(false);
        if (proxy.Data is not { } data || ProxyContractState.Decode(data).Phase != ContractPhase.Normal)
        {
            Say($"The proxy contract {_services.Text(ProxyContract)} is not in use on chain; no money is sent to it.");
            return null;
        }
        if (_services.Budget.TryTake(amount))
            return new Payment(ContractMessages.TopUp(Address, amount, _services.Wallet.Address), amount);
        Say($"Adding {amount} would exceed the budget: {_services.Budget.Spent} of {_services.Budget.Limit} are spent. Raise BudgetTon.");
        return null;
    }

    private async Task<PaymentReport> ActAsync(
        string action,
        Func<ClientContractState, Task<Payment>> prepare,
        Func<ClientContractState, ClientContractState, bool> done,
        CancellationToken cancellationToken)
    {
        await _acting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await SentAsync(cancellationToken).ConfigureAwait(false);
            var view = await RefreshAsync(cancellationToken).ConfigureAwait(false);
            var before = view.State ?? throw NotDeployed();
            if (await MessagesUnderway.AnyAsync(_services.Chain, _services.Wallet.Address, Address, view.SyncedAt, cancellationToken).ConfigureAwait(false))
                throw new InvalidOperationException("An earlier message to the contract is still on its way. Try again in some seconds.");
            var payment = await prepare(before).ConfigureAwait(false);
            // A top-up looked before it took its amount out of the budget.
            if (payment.TopUp == Coins.Zero && await WalletLacksAsync(payment.Message.Value, cancellationToken).ConfigureAwait(false) is { } lack)
                throw new InvalidOperationException(lack);
            await SendAsync([payment], cancellationToken).ConfigureAwait(false);
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
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
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
        Count.Charged(view.State?.TokensUsed ?? default);
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

    // A top-up carries what it took out of the budget.
    private readonly record struct Payment(WalletMessage Message, Coins TopUp = default);

    [LoggerMessage(LogLevel.Warning, "Payment channel {Channel}: {Reason}")]
    private partial void LogTrouble(string channel, string reason);

    [LoggerMessage(LogLevel.Information, "Payment channel {Channel}: {Step}, sending {Value}")]
    private partial void LogStep(string channel, PaymentStep step, Coins value);

    [LoggerMessage(LogLevel.Information, "Payment channel {Channel} is closing; waiting for the proxy to grant the refund")]
    private partial void LogClosing(string channel);

    [LoggerMessage(LogLevel.Warning, "Payment channel {Channel}: forcing the refund of {Balance} out of the proxy's stake of {Stake}")]
    private partial void LogForced(string channel, Coins balance, Coins stake);
}
