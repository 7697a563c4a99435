using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Sessions;

/// <summary>A packet around an object that is serialised in place, byte for byte what the packet's own record would write.</summary>
internal sealed class Envelope(uint constructorId, long? id, ITlObject content) : ITlObject
{
    private readonly int _length = checked((int)Math.Min(TlWriter.Measure(content), int.MaxValue));

    public uint ConstructorId => constructorId;

    public void Write(ref TlWriter writer)
    {
        if (id is { } number) writer.WriteInt64(number);
        writer.WriteNested(content, _length);
    }
}
