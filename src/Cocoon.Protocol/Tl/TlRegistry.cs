using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Cocoon.Protocol.Tl;

/// <summary>All messages of the wire protocol by their ids.</summary>
public static partial class TlRegistry
{
    /// <summary>All messages, in the order of their names.</summary>
    public static ImmutableArray<TlConstructorInfo> Constructors { get; } = [.. CreateTable()];

    private static FrozenDictionary<uint, TlConstructorInfo> ById { get; } = Constructors.ToFrozenDictionary(constructor => constructor.Id);

    /// <summary>The message with this id, or null.</summary>
    public static TlConstructorInfo? Find(uint id) => ById.GetValueOrDefault(id);

    /// <summary>A name for logs and errors: the constructor's, or the id in hexadecimal when nobody knows it.</summary>
    public static string Describe(uint id) => Find(id)?.Name ?? $"0x{id:x8}";

    internal static ITlObject ReadBoxed(ref TlReader reader) => ReadFields(reader.ReadUInt32(), ref reader);
}
