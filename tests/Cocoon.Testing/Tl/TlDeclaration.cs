namespace Cocoon.Testing.Tl;

/// <summary>One line of the schema.</summary>
/// <param name="Name">The constructor's name.</param>
/// <param name="Id">Its id on the wire.</param>
/// <param name="Fields">Its fields in wire order.</param>
/// <param name="Type">What it is a constructor of; for a function, what it is answered with.</param>
/// <param name="IsFunction">Whether it stands behind the mark.</param>
public sealed record TlDeclaration(string Name, uint Id, IReadOnlyList<TlField> Fields, string Type, bool IsFunction)
{
    /// <summary>The text whose CRC-32 is the id, unless the network fixed another.</summary>
    public string Canonical { get; } = string.Join(' ', [Name, .. Fields.Select(field => field.Text), "=", Type]);
}
