namespace Cocoon.Protocol.Tl;

/// <summary>Gives a field's name in the schema where it is not the parameter's name in snake case.</summary>
/// <param name="name">The name in the schema.</param>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class TlNameAttribute(string name) : Attribute
{
    /// <summary>The name in the schema.</summary>
    public string Name { get; } = name;
}
