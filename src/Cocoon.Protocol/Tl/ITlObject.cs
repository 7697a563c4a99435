namespace Cocoon.Protocol.Tl;

/// <summary>A message of the Cocoon wire protocol. Its serialiser is generated from the record that declares it.</summary>
public interface ITlObject
{
    /// <summary>The constructor's id, sent as four bytes little endian before the fields of a boxed object.</summary>
    uint ConstructorId { get; }

    /// <summary>Writes the fields in wire order, without the id.</summary>
    /// <exception cref="InvalidOperationException">Of several fields under one flag only some are set.</exception>
    void Write(ref TlWriter writer);
}
