namespace Cocoon.Fuzz;

/// <summary>A message as it is put into a packet; what of it changes from connection to connection is filled in when it is sent.</summary>
/// <param name="Kind">The packet that carries it.</param>
/// <param name="Data">Its bytes; a request's id stands in them as <see cref="HostileLink.AnyRequest"/>.</param>
internal sealed record Sample(PacketKind Kind, byte[] Data);
