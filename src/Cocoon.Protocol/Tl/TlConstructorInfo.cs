namespace Cocoon.Protocol.Tl;

/// <summary>What the registry knows of one message.</summary>
/// <param name="Id">The constructor's id.</param>
/// <param name="Name">The constructor's name.</param>
/// <param name="Declaration">The declaration in the schema language, of which the id is the CRC-32 unless the network fixed another.</param>
/// <param name="IsFunction">Whether the message asks for an answer.</param>
/// <param name="Type">The record.</param>
public sealed record TlConstructorInfo(uint Id, string Name, string Declaration, bool IsFunction, Type Type);
