namespace Cocoon.Protocol.Tl;

/// <summary>
/// Marks a sealed partial positional record as a message. The order of its parameters is the order on the wire; a parameter's schema
/// name is its own in snake case. The schema type is the result of <see cref="ITlFunction{TResult}"/> for a function, else the
/// <see cref="TlTypeAttribute"/> of the interface that the record implements, else the constructor's name with its last part capitalised.
/// </summary>
/// <param name="name">The constructor's name in the schema, for example <c>client.runQueryEx</c>.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class TlConstructorAttribute(string name) : Attribute
{
    /// <summary>The constructor's name in the schema.</summary>
    public string Name { get; } = name;

    /// <summary>The id where it is not the CRC-32 of the declaration; 0 means that it is.</summary>
    public uint Id { get; set; }

    /// <summary>The schema type where no other rule gives the right one.</summary>
    public string? ResultType { get; set; }

    /// <summary>The position of the flags word among the fields, from 0; -1 means that there is none.</summary>
    public int FlagsAt { get; set; } = -1;
}
