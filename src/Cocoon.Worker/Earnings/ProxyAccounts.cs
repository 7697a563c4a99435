using System.Collections.Concurrent;
using Cocoon.Contracts.Registry;
using Cocoon.Cryptography;
using Cocoon.Node.Configuration;
using Cocoon.Ton;
using Microsoft.Extensions.Logging;

namespace Cocoon.Worker.Earnings;

/// <summary>What a worker has earned at every proxy it has met, also the vouchers that earlier processes kept.</summary>
public sealed partial class ProxyAccounts
{
    private readonly ConcurrentDictionary<TonAddress, Lazy<ProxyAccount>> _accounts = new();
    private readonly TonAddress _owner;
    private readonly StateFolder _folder;
    private readonly ILogger _logger;

    /// <summary>Opens the accounts of a folder.</summary>
    public ProxyAccounts(TonAddress owner, StateFolder folder, ILogger<ProxyAccounts> logger)
    {
        _owner = owner;
        _folder = folder;
        _logger = logger;
        foreach (var account in ProxyAccount.LoadAll(owner, folder, LogUnreadable))
            _accounts[account.ProxyContract] = new Lazy<ProxyAccount>(account);
    }

    /// <summary>All of them.</summary>
    public IEnumerable<ProxyAccount> All => _accounts.Values.Select(account => account.Value);

    /// <summary>The account at one proxy.</summary>
    public ProxyAccount Open(NetworkParameters parameters, TonAddress proxyContract, Ed25519PublicKey proxyKey) =>
        _accounts.GetOrAdd(proxyContract, _ => new Lazy<ProxyAccount>(() => new ProxyAccount(parameters, _owner, proxyContract, proxyKey, _folder))).Value;

    [LoggerMessage(LogLevel.Error, "{File} holds no voucher that can be claimed: {Reason}")]
    private partial void LogUnreadable(string file, string reason);
}
