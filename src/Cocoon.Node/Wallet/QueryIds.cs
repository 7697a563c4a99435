using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Cocoon.Node.Wallet;

/// <summary>Numbers for messages to contracts.</summary>
public static class QueryIds
{
    /// <summary>A random number, unlike any other in practice.</summary>
    public static ulong Next()
    {
        Span<byte> bytes = stackalloc byte[8];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }
}
