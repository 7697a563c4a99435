using System.Text;
using Cocoon.Inference.Gguf;

namespace Cocoon.Inference.Tokenization;

/// <summary>Byte-level BPE: text to tokens by ranked merges, tokens back to bytes. Immutable and safe to share between threads.</summary>
public sealed class BpeTokenizer
{
    private const int ControlType = 3;

    private readonly byte[][] _bytes;
    private readonly bool[] _control;
    private readonly int[] _byteTokens = new int[256];
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<(int Left, int Right), (int Rank, int Token)> _merges;

    /// <summary>Builds a tokenizer from a vocabulary.</summary>
    /// <param name="tokens">Token texts by id, in <see cref="ByteLevel"/> characters; control tokens in plain text.</param>
    /// <param name="merges">Merges by rank: two token texts with one space between them.</param>
    /// <param name="isControl">By id: true for a control token, which no text encodes to and which decodes to nothing.</param>
    /// <exception cref="GgufFormatException">A token is no byte-level text, a byte has no token, or a merge names an unknown token.</exception>
    public BpeTokenizer(IReadOnlyList<string> tokens, IReadOnlyList<string> merges, IReadOnlyList<bool> isControl)
    {
        _ids = new Dictionary<string, int>(tokens.Count, StringComparer.Ordinal);
        _bytes = new byte[tokens.Count][];
        _control = new bool[tokens.Count];
        for (var id = 0; id < tokens.Count; id++)
        {
            if (!_ids.TryAdd(tokens[id], id))
                throw new GgufFormatException($"Tokens {_ids[tokens[id]]} and {id} of the vocabulary are the same.");
            _control[id] = isControl[id];
            _bytes[id] = _control[id] ? [] : ToBytes(tokens[id], id);
            LongestToken = Math.Max(LongestToken, _bytes[id].Length);
        }
        for (var value = 0; value < 256; value++)
        {
            if (!_ids.TryGetValue(ByteLevel.ToCharacter((byte)value).ToString(), out _byteTokens[value]))
                throw new GgufFormatException($"The vocabulary has no token for byte 0x{value:x2}; a byte-level one has all 256.");
        }
        _merges = new Dictionary<(int, int), (int, int)>(merges.Count);
        for (var rank = 0; rank < merges.Count; rank++)
            AddMerge(merges[rank], rank);
    }

    /// <summary>Number of tokens.</summary>
    public int VocabularySize => _bytes.Length;

    /// <summary>Length of the longest token in bytes: no text of more than this many bytes a token fits into a context.</summary>
    public int LongestToken { get; }

    /// <summary>Reads the tokenizer of a GGUF file (<c>tokenizer.ggml.*</c>).</summary>
    /// <exception cref="GgufFormatException">Not a GPT-2 byte-level vocabulary, or a broken one.</exception>
    public static BpeTokenizer FromGguf(GgufFile file)
    {
        var model = file.GetString("tokenizer.ggml.model");
        var pre = file.FindString("tokenizer.ggml.pre") ?? "";
        if (model != "gpt2" || pre != "gpt-2")
        {
            throw new GgufFormatException(
                $"The tokenizer is '{model}' with pre-tokenizer '{pre}'; the built-in engine knows 'gpt2' with 'gpt-2'.");
        }
        var tokens = file.GetStrings("tokenizer.ggml.tokens");
        var types = file.FindIntegers("tokenizer.ggml.token_type");
        if (types is not null && types.Count != tokens.Count)
            throw new GgufFormatException($"The vocabulary has {tokens.Count} tokens but {types.Count} token types.");
        var control = new bool[tokens.Count];
        for (var id = 0; types is not null && id < control.Length; id++)
            control[id] = types[id] == ControlType;
        return new BpeTokenizer(tokens, file.GetStrings("tokenizer.ggml.merges"), control);
    }

    /// <summary>Appends the tokens of a text. Control tokens written out in the text stay plain text.</summary>
    public void Encode(string text, List<int> output)
    {
        Span<byte> small = stackalloc byte[256];
        foreach (var piece in ByteLevel.Split(text))
        {
            var characters = text.AsSpan(piece.Index, piece.Length);
            var buffer = characters.Length * 3 <= small.Length ? small : new byte[characters.Length * 3];
            EncodePiece(buffer[..Encoding.UTF8.GetBytes(characters, buffer)], output);
        }
    }

    /// <summary>The id of a token by its vocabulary text, or null.</summary>
    public int? Find(string token) => _ids.TryGetValue(token, out var id) ? id : null;

    /// <summary>The bytes a token stands for; empty for a control token. Parts of a character are possible.</summary>
    public ReadOnlySpan<byte> GetBytes(int token) => _bytes[token];

    /// <summary>Whether a token is a control token.</summary>
    public bool IsControl(int token) => _control[token];

    private static byte[] ToBytes(string token, int id)
    {
        var bytes = new byte[token.Length];
        for (var i = 0; i < bytes.Length; i++)
        {
            if (!ByteLevel.TryToByte(token[i], out bytes[i]))
                throw new GgufFormatException($"Token {id} of the vocabulary contains U+{(int)token[i]:X4}, which stands for no byte.");
        }
        return bytes;
    }

    private void AddMerge(string merge, int rank)
    {
        var space = merge.IndexOf(' ', StringComparison.Ordinal);
        if (space <= 0 || !_ids.TryGetValue(merge[..space], out var left) || !_ids.TryGetValue(merge[(space + 1)..], out var right)
            || !_ids.TryGetValue(string.Concat(merge.AsSpan(0, space), merge.AsSpan(space + 1)), out var token))
        {
            throw new GgufFormatException($"Merge {rank} of the vocabulary does not join two tokens into a third.");
        }
        _merges.TryAdd((left, right), (rank, token));
    }

    /// <summary>A queue instead of repeated scans: a hostile piece of a megabyte costs n·log n, not n².</summary>
    private void EncodePiece(ReadOnlySpan<byte> bytes, List<int> output)
    {
        if (bytes.Length == 1)
        {
            output.Add(_byteTokens[bytes[0]]);
            return;
        }
        var tokens = new int[bytes.Length];
        var next = new int[bytes.Length];
        var previous = new int[bytes.Length];
        for (var i = 0; i < tokens.Length; i++)
            (tokens[i], next[i], previous[i]) = (_byteTokens[bytes[i]], i + 1, i - 1);
        var queue = new PriorityQueue<(int Left, int Right, int LeftToken, int RightToken), (int Rank, int Position)>();
        for (var i = 0; i + 1 < tokens.Length; i++)
            Offer(i, i + 1);
        while (queue.TryDequeue(out var pair, out _))
        {
            if (tokens[pair.Left] != pair.LeftToken || tokens[pair.Right] != pair.RightToken || next[pair.Left] != pair.Right)
                continue;
            tokens[pair.Left] = _merges[(pair.LeftToken, pair.RightToken)].Token;
            tokens[pair.Right] = -1;
            var after = next[pair.Left] = next[pair.Right];
            if (after < tokens.Length)
            {
                previous[after] = pair.Left;
                Offer(pair.Left, after);
            }
            if (previous[pair.Left] >= 0)
                Offer(previous[pair.Left], pair.Left);
        }
        for (var i = 0; i < tokens.Length; i = next[i])
            output.Add(tokens[i]);

        void Offer(int left, int right)
        {
            if (_merges.TryGetValue((tokens[left], tokens[right]), out var merge))
                queue.Enqueue((left, right, tokens[left], tokens[right]), (merge.Rank, left));
        }
    }
}
