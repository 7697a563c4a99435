namespace Cocoon.Protocol.Tl;

/// <summary>Makes a nullable field optional: it is on the wire when, and only when, this bit of the flags word is 1.</summary>
/// <param name="bit">The bit, 0 to 30.</param>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class TlFlagAttribute(int bit) : Attribute
{
    /// <summary>The bit, 0 to 30.</summary>
    public int Bit { get; } = bit;
}
