using Cocoon.Protocol.Tl;

namespace Cocoon.Proxy.Relay;

/// <summary>
/// A message whose figures are taken when it is written, so that of two messages on one connection the later never tells less than the
/// earlier: a worker that is shown a smaller counter leaves. All instances of the message must have the same size.
/// </summary>
internal sealed class FreshMessage(uint constructorId, Func<ITlObject> make) : ITlObject
{
    public uint ConstructorId => constructorId;

    public void Write(ref TlWriter writer) => make().Write(ref writer);
}
