using System.Buffers;
using System.Buffers.Text;

namespace Cocoon.Attestation.Dcap;

/// <summary>Reads PEM certificates strictly: nothing between them but white space, and base64 with no bits left over (RFC 7468 §3).</summary>
internal static class PemChain
{
    /// <summary>The largest chain in bytes.</summary>
    public const int MaxSize = 32 * 1024;

    private const int MaxCertificates = 4;
    private static readonly SearchValues<byte> WhiteSpace = SearchValues.Create(" \t\r\n"u8);

    private static ReadOnlySpan<byte> Begin => "-----BEGIN CERTIFICATE-----"u8;

    private static ReadOnlySpan<byte> End => "-----END CERTIFICATE-----"u8;

    /// <summary>Reads a chain that has exactly this many certificates; zeros may follow on it, as quoting libraries end text with one.</summary>
    /// <exception cref="AttestationException">It has another number of certificates, or anything else in it.</exception>
    public static ReadOnlyMemory<byte>[] Read(ReadOnlySpan<byte> pem, int count)
    {
        if (pem.Length > MaxSize) throw FormatError.Because($"a certificate chain of {pem.Length} bytes", $"at most {MaxSize}");
        var found = new List<ReadOnlyMemory<byte>>(MaxCertificates);
        var rest = SkipWhiteSpace(pem);
        while (rest.StartsWith(Begin))
        {
            if (found.Count == MaxCertificates) throw FormatError.Because($"more than {MaxCertificates} certificates in a chain", $"{count}");
            rest = rest[Begin.Length..];
            var end = rest.IndexOf(End);
            if (end < 0) throw FormatError.Because("a PEM certificate without end", $"{count} whole ones");
            found.Add(Decode(rest[..end]));
            rest = SkipWhiteSpace(rest[(end + End.Length)..]);
        }
        if (rest.ContainsAnyExcept((byte)0)) throw FormatError.Because("something else among PEM certificates", "certificates and white space only");
        return found.Count == count ? [.. found] : throw FormatError.Because($"{found.Count} certificates in a chain", $"{count}");
    }

    private static byte[] Decode(ReadOnlySpan<byte> base64)
    {
        Span<byte> packed = base64.Length <= 4096 ? stackalloc byte[base64.Length] : new byte[base64.Length];
        var size = 0;
        foreach (var digit in base64)
        {
            if (!WhiteSpace.Contains(digit)) packed[size++] = digit;
        }
        packed = packed[..size];
        var decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(size)];
        if (Base64.DecodeFromUtf8(packed, decoded, out _, out var written) != OperationStatus.Done)
            throw FormatError.Because("a PEM body that is not base64", "base64");

        // Base64 can leave bits unused; writing it back shows whether they were zero.
        var canonical = new byte[size];
        if (Base64.EncodeToUtf8(decoded.AsSpan(0, written), canonical, out _, out _) != OperationStatus.Done || !packed.SequenceEqual(canonical))
            throw FormatError.Because("base64 with bits left over", "its one canonical form");
        return decoded[..written];
    }

    private static ReadOnlySpan<byte> SkipWhiteSpace(ReadOnlySpan<byte> text)
    {
        var start = text.IndexOfAnyExcept(WhiteSpace);
        return start < 0 ? default : text[start..];
    }
}
