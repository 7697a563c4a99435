using Cocoon.Cryptography;
using Cocoon.Node.Configuration;
using Cocoon.Ton.Wallets;

namespace Cocoon.Cli.Commands;

/// <summary>A file with the 24 words of a wallet, readable by its owner only.</summary>
internal static class WalletFile
{
    public static void Write(string path, Mnemonic mnemonic)
    {
        var full = Path.GetFullPath(path);
        new StateFolder(Path.GetDirectoryName(full)!).WriteAtomically(Path.GetFileName(full), System.Text.Encoding.ASCII.GetBytes(string.Join(' ', mnemonic.Words) + "\n"));
    }

    public static Mnemonic Read(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no file '{path}' with a wallet's words. Make one with 'cocoon wallet new' or name it with --words-file.");
        return Mnemonic.Parse(File.ReadAllText(path));
    }

    public static IWallet Open(Ed25519PrivateKey key, string version) => version switch
    {
        "v3r2" => new WalletV3R2(key),
        "v4r2" => new WalletV4R2(key),
        _ => new WalletV5R1(key),
    };
}
