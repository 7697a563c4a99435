using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Cocoon.Cryptography;
using Cocoon.Ton.Cells;

namespace Cocoon.Ton;

/// <summary>The address of a contract: a workchain and the hash of the contract's initial state.</summary>
/// <param name="Workchain">0 for the base chain, -1 for the masterchain.</param>
/// <param name="Hash">The hash of the <see cref="StateInit"/> it was born with.</param>
public readonly record struct TonAddress(sbyte Workchain, Bits256 Hash)
{
    private const byte BounceableTag = 0x11;
    private const byte NonBounceableTag = 0x51;
    private const byte TestnetFlag = 0x80;
    private const int FriendlyBytes = 36;
    private const int FriendlyLength = 48;

    /// <summary>
    /// Reads the raw form ("0:" and 64 hexadecimal digits) or the friendly form (48 characters of base64 or base64url, with a
    /// CRC-16/XMODEM at the end).
    /// </summary>
    /// <exception cref="FormatException">The text is anything else.</exception>
    public static TonAddress Parse(string text) => TryParse(text, out var address)
        ? address
        : throw new FormatException($"'{text}' is no TON address; wanted 0:<64 hexadecimal digits> or 48 characters of base64 with a right checksum.");

    /// <inheritdoc cref="Parse"/>
    public static bool TryParse([NotNullWhen(true)] string? text, out TonAddress address) => TryParse(text, out address, out _, out _);

    /// <summary>Reads any form, and tells what a friendly one says beside the address (both false for the raw form).</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out TonAddress address, out bool bounceable, out bool testnet)
    {
        (address, bounceable, testnet) = (default, false, false);
        if (text is null) return false;
        return text.Contains(':', StringComparison.Ordinal)
            ? TryParseRaw(text, out address)
            : TryParseFriendly(text, out address, out bounceable, out testnet);
    }

    /// <summary>The raw form: the workchain, a colon, 64 lower-case hexadecimal digits.</summary>
    public string ToRaw() => string.Create(CultureInfo.InvariantCulture, $"{Workchain}:{Hash}");

    /// <summary>The friendly form, 48 characters.</summary>
    /// <param name="bounceable">Whether a sender should let the message bounce when it fails (wallets not yet deployed: no).</param>
    /// <param name="testnet">Whether it is for test networks only.</param>
    /// <param name="urlSafe">Base64url rather than base64.</param>
    public string ToFriendly(bool bounceable, bool testnet, bool urlSafe = true)
    {
        Span<byte> bytes = stackalloc byte[FriendlyBytes];
        bytes[0] = (byte)((bounceable ? BounceableTag : NonBounceableTag) | (testnet ? TestnetFlag : 0));
        bytes[1] = (byte)Workchain;
        Hash.CopyTo(bytes[2..]);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[34..], Checksums.Crc16(bytes[..34]));
        return urlSafe ? Base64Url.EncodeToString(bytes) : Convert.ToBase64String(bytes);
    }

    /// <summary>The raw form.</summary>
    public override string ToString() => ToRaw();

    private static bool TryParseRaw(string text, out TonAddress address)
    {
        address = default;
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (!sbyte.TryParse(text.AsSpan(0, colon), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var workchain)
            || !Bits256.TryParse(text.AsSpan(colon + 1), out var hash)) return false;
        address = new TonAddress(workchain, hash);
        return true;
    }

    private static bool TryParseFriendly(string text, out TonAddress address, out bool bounceable, out bool testnet)
    {
        (address, bounceable, testnet) = (default, false, false);
        Span<byte> bytes = stackalloc byte[FriendlyBytes];
        // 48 characters carry 36 bytes exactly, so there is never padding; both alphabets are one after the replacement.
        if (text.Length != FriendlyLength
            || !Convert.TryFromBase64String(text.Replace('-', '+').Replace('_', '/'), bytes, out var written)
            || written != FriendlyBytes) return false;
        testnet = (bytes[0] & TestnetFlag) != 0;
        var tag = bytes[0] & ~TestnetFlag;
        bounceable = tag == BounceableTag;
        if (tag is not (BounceableTag or NonBounceableTag)
            || BinaryPrimitives.ReadUInt16BigEndian(bytes[34..]) != Checksums.Crc16(bytes[..34])) return false;
        address = new TonAddress((sbyte)bytes[1], new Bits256(bytes[2..34]));
        return true;
    }
}
