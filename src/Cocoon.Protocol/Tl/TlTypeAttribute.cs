namespace Cocoon.Protocol.Tl;

/// <summary>Marks the interface that all constructors of one schema type implement; a field of that interface is written with its id.</summary>
/// <param name="name">The type's name in the schema, for example <c>client.QueryAnswerEx</c>.</param>
[AttributeUsage(AttributeTargets.Interface)]
public sealed class TlTypeAttribute(string name) : Attribute
{
    /// <summary>The type's name in the schema.</summary>
    public string Name { get; } = name;
}
