namespace Cocoon.Protocol.Generators;

/// <summary>One field of a message.</summary>
/// <param name="Property">The property in C#.</param>
/// <param name="Name">The name in the schema.</param>
/// <param name="Kind">The wire form of the value, or of each element of a vector.</param>
/// <param name="Type">The schema's name of that form.</param>
/// <param name="CSharp">The C# type of the value, or of each element of a vector.</param>
/// <param name="IsVector">Whether the field is a vector.</param>
/// <param name="Flag">The flag that says whether the field is there; -1 when it always is.</param>
/// <param name="IsValueType">Whether the C# type is a value type.</param>
internal sealed record FieldModel(
    string Property, string Name, WireKind Kind, string Type, string CSharp, bool IsVector, int Flag, bool IsValueType);
