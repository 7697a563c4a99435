using System.Globalization;
using System.Text;
using Cocoon.Node.Configuration;
using Cocoon.Ton;

namespace Cocoon.Client.Payments;

/// <summary>
/// The cap on what this client ever adds to its channels. What is spent stands on disk before the money moves: a kill in between counts money
/// that was not sent, never the reverse.
/// </summary>
internal sealed class TopUpBudget
{
    private const string FileName = "client.spent";

    private readonly Lock _gate = new();
    private readonly StateFolder _folder;
    private Coins _spent;

    /// <exception cref="ConfigurationException">The file that holds what was spent holds something else.</exception>
    public TopUpBudget(StateFolder folder, Coins limit)
    {
        _folder = folder;
        Limit = limit;
        var path = folder.File(FileName);
        if (!File.Exists(path))
            return;
        var text = File.ReadAllText(path).Trim();
        if (!UInt128.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var nano))
        {
            throw new ConfigurationException(
                $"'{path}' must hold a number of nanoTON, found {text.Length} other characters. Restore it, or write what this client has added to its channels.");
        }
        _spent = new Coins(nano);
    }

    public Coins Limit { get; }

    public Coins Spent
    {
        get
        {
            lock (_gate) return _spent;
        }
    }

    /// <summary>What may still be added.</summary>
    public Coins Left
    {
        get
        {
            lock (_gate) return _spent < Limit ? Limit - _spent : Coins.Zero;
        }
    }

    /// <summary>Counts an amount as spent, if the cap allows it.</summary>
    public bool TryTake(Coins amount)
    {
        lock (_gate)
        {
            if (_spent + amount > Limit)
                return false;
            Store(_spent + amount);
            return true;
        }
    }

    /// <summary>Takes back an amount that certainly was not sent.</summary>
    public void GiveBack(Coins amount)
    {
        lock (_gate) Store(_spent - amount);
    }

    private void Store(Coins spent)
    {
        _folder.WriteAtomically(FileName, Encoding.ASCII.GetBytes(spent.NanoTon.ToString(CultureInfo.InvariantCulture)));
        _spent = spent;
    }
}
