using System.Security.Cryptography;
using System.Text;
using Cocoon.Cryptography;

namespace Cocoon.Ton.Wallets;

/// <summary>
/// 24 words of the BIP-39 English list that stand for an Ed25519 key by TON's own rules (HMAC-SHA-512 of the words, then
/// PBKDF2-HMAC-SHA-512); no password. The words are a secret: they are never part of a message or of <see cref="ToString"/>.
/// </summary>
public sealed class Mnemonic
{
    /// <summary>How many words there are.</summary>
    public const int WordCount = 24;

    private const int ListLength = 2048;
    private const int Iterations = 100_000;
    private const int SeedVersionIterations = Iterations / 256;
    private const int EntropySize = 64;

    private static readonly Lazy<string[]> List = new(ReadList);

    private Mnemonic(string[] words) => Words = words;

    /// <summary>The words, in lower case.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>Makes a new one from the system's cryptographic generator.</summary>
    public static Mnemonic Generate()
    {
        var words = new string[WordCount];
        do
        {
            for (var i = 0; i < WordCount; i++) words[i] = List.Value[RandomNumberGenerator.GetInt32(ListLength)];
        }
        while (!IsBasicSeed(words));
        return new Mnemonic(words);
    }

    /// <summary>Reads words that are separated by white space, in any case.</summary>
    /// <exception cref="FormatException">They are not 24 words of the list, or their checksum is wrong. The message names no word.</exception>
    public static Mnemonic Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var words = text.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length != WordCount) throw new FormatException($"A mnemonic has {words.Length} words, wanted {WordCount}.");
        for (var i = 0; i < WordCount; i++)
        {
            if (Array.BinarySearch(List.Value, words[i], StringComparer.Ordinal) < 0)
                throw new FormatException($"Word {i + 1} of the mnemonic is not in the BIP-39 English list; check its spelling.");
        }
        if (!IsBasicSeed(words)) throw new FormatException("The words of the mnemonic do not belong together, or need a password; check their order.");
        return new Mnemonic(words);
    }

    /// <summary>The key that the words stand for; the caller disposes it. Takes some tens of milliseconds.</summary>
    public Ed25519PrivateKey ToPrivateKey()
    {
        Span<byte> entropy = stackalloc byte[EntropySize];
        Span<byte> seed = stackalloc byte[EntropySize];
        try
        {
            ReadEntropy(Words, entropy);
            Rfc2898DeriveBytes.Pbkdf2(entropy, "TON default seed"u8, seed, Iterations, HashAlgorithmName.SHA512);
            return Ed25519PrivateKey.FromSeed(seed[..32]);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(entropy);
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <summary>Says that there is a mnemonic, not which.</summary>
    public override string ToString() => $"{WordCount} words";

    // TON keeps one mnemonic in 256 by this check, which so serves as a checksum of the words.
    private static bool IsBasicSeed(IReadOnlyList<string> words)
    {
        Span<byte> entropy = stackalloc byte[EntropySize];
        Span<byte> version = stackalloc byte[EntropySize];
        try
        {
            ReadEntropy(words, entropy);
            Rfc2898DeriveBytes.Pbkdf2(entropy, "TON seed version"u8, version, SeedVersionIterations, HashAlgorithmName.SHA512);
            return version[0] == 0;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(entropy);
            CryptographicOperations.ZeroMemory(version);
        }
    }

    private static void ReadEntropy(IReadOnlyList<string> words, Span<byte> entropy)
    {
        var key = Encoding.UTF8.GetBytes(string.Join(' ', words));
        HMACSHA512.HashData(key, [], entropy);
        CryptographicOperations.ZeroMemory(key);
    }

    private static string[] ReadList()
    {
        using var stream = typeof(Mnemonic).Assembly.GetManifestResourceStream("bip39-english.txt")
            ?? throw new InvalidOperationException("The BIP-39 word list is not part of this build.");
        using var reader = new StreamReader(stream, Encoding.ASCII);
        var words = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return words.Length == ListLength ? words : throw new InvalidOperationException($"The BIP-39 word list has {words.Length} words, wanted {ListLength}.");
    }
}
