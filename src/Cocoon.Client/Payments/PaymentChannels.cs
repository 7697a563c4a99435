using System.Text;
using Cocoon.Contracts.Channels;
using Cocoon.Node.Configuration;
using Cocoon.Node.Connections;
using Cocoon.Node.FixedNetwork;
using Cocoon.Ton;
using Microsoft.Extensions.Logging;

namespace Cocoon.Client.Payments;

/// <summary>
/// All payment channels this client ever opened. Their addresses are kept in the state folder, so that money in a channel whose proxy is gone
/// can still be seen and taken back after a restart.
/// </summary>
internal sealed partial class PaymentChannels : IAsyncDisposable
{
    private const string FileName = "client.channels";

    private readonly PaymentServices _services;
    private readonly StateFolder _folder;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly Dictionary<TonAddress, PaymentChannel> _channels = [];
    private readonly HashSet<TonAddress> _known = [];
    private readonly List<Task> _tasks = [];
    private readonly CancellationTokenSource _stopping = new();

    public PaymentChannels(PaymentServices services, StateFolder folder)
    {
        _services = services;
        _folder = folder;
        _logger = services.Loggers.CreateLogger<PaymentChannels>();
        var path = folder.File(FileName);
        if (File.Exists(path))
        {
            foreach (var line in File.ReadLines(path))
            {
                if (TonAddress.TryParse(line, out var address))
                    _known.Add(address);
            }
        }
        lock (_gate)
        {
            foreach (var address in _known)
                _tasks.Add(RestoreAsync(address));
        }
    }

    public IReadOnlyList<PaymentChannel> All
    {
        get
        {
            lock (_gate) return [.. _channels.Values];
        }
    }

    /// <summary>The channel with a proxy; the same one for every session with it.</summary>
    public PaymentChannel Open(ProxyIntroduction proxy, ClientContract contract)
    {
        lock (_gate)
        {
            (_services.Chain as FixedChain)?.PresumeClient(contract);
            if (!_channels.TryGetValue(contract.Address, out var channel))
                channel = Add(new PaymentChannel(contract.Address, proxy.Contract, proxy.Key, proxy.Parameters, _services, _stopping.Token));
            channel.Contract = contract;
            if (_known.Add(contract.Address))
                _folder.WriteAtomically(FileName, Encoding.ASCII.GetBytes(string.Join('\n', _known.Select(address => address.ToRaw()))));
            return channel;
        }
    }

    /// <summary>The channel an operator means: by the proxy's or the client's contract, or the only one there is.</summary>
    /// <exception cref="InvalidOperationException">There is none, or more than one.</exception>
    public PaymentChannel Find(string? address)
    {
        var all = All;
        if (address is null)
        {
            return all.Count == 1
                ? all[0]
                : throw new InvalidOperationException(
                    $"There are {all.Count} payment channels; name one with proxy=<contract>: {string.Join(", ", all.Select(Name))}.");
        }
        if (!TonAddress.TryParse(address, out var wanted))
            throw new InvalidOperationException($"'{address}' is not a TON address.");
        return all.FirstOrDefault(channel => channel.Address == wanted)
            ?? all.FirstOrDefault(channel => channel.ProxyContract == wanted && channel.IsUsable)
            ?? all.FirstOrDefault(channel => channel.ProxyContract == wanted)
            ?? throw new InvalidOperationException($"No payment channel has the contract {address}. Channels: {string.Join(", ", all.Select(Name))}.");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        Task[] tasks;
        lock (_gate) tasks = [.. _tasks];
        await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private string Name(PaymentChannel channel) => _services.Text(channel.ProxyContract);

    private PaymentChannel Add(PaymentChannel channel)
    {
        _channels.Add(channel.Address, channel);
        _tasks.Add(channel.RunAsync(_stopping.Token));
        return channel;
    }

    private async Task RestoreAsync(TonAddress address)
    {
        await Task.Yield();
        while (true)
        {
            try
            {
                var account = await _services.Chain.GetAccountAsync(address, _stopping.Token).ConfigureAwait(false);
                if (account.Data is not { } data)
                    return;
                var state = ClientContractState.Decode(data);
                if (state.Owner != _services.Wallet.Address)
                    return;
                lock (_gate)
                {
                    if (!_channels.ContainsKey(address))
                        Add(new PaymentChannel(address, state.Proxy, state.ProxyKey, state.Parameters, _services, _stopping.Token));
                }
                return;
            }
            // Whatever it is, the money in the channel must not be forgotten for it.
            catch (Exception exception) when (!_stopping.IsCancellationRequested)
            {
                LogUnreadable(_services.Text(address), exception.Message);
            }
            await Task.Delay(_services.Poll, _services.Time, _stopping.Token).ConfigureAwait(false);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Payment channel {Channel} cannot be read: {Reason}")]
    private partial void LogUnreadable(string channel, string reason);
}
