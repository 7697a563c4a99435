using System.Collections.Immutable;
using System.Security.Cryptography;

namespace Cocoon.Attestation.Verification;

/// <summary>Checks of bytes, told in hexadecimal digits.</summary>
internal static class CheckListExtensions
{
    public static bool RequireEqual(this CheckList checks, string name, ReadOnlySpan<byte> found, ReadOnlySpan<byte> wanted, string advice = "") =>
        checks.Require(
            name, CryptographicOperations.FixedTimeEquals(found, wanted), Convert.ToHexStringLower(found), Convert.ToHexStringLower(wanted), advice);

    /// <summary>Whether one of the wanted values was found; an empty list wants nothing and is no check.</summary>
    public static bool RequireOneOf(
        this CheckList checks, string name, ReadOnlySpan<byte> found, ImmutableArray<ReadOnlyMemory<byte>> wanted, string advice = "")
    {
        if (wanted.IsDefaultOrEmpty) return true;
        var listed = false;
        foreach (var value in wanted) listed |= found.SequenceEqual(value.Span);
        var list = string.Join(", ", wanted.Select(value => Convert.ToHexStringLower(value.Span)));
        return checks.Require(name, listed, Convert.ToHexStringLower(found), "one of " + list, advice);
    }

    /// <summary>Writes down that something could not be read.</summary>
    public static bool RefuseUnreadable(this CheckList checks, string name, AttestationException exception, string wanted, string advice = "") =>
        checks.Require(name, false, exception.Message.TrimEnd('.'), wanted, advice);
}
