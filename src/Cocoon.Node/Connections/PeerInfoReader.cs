using System.IO.Pipelines;
using Cocoon.Attestation.PeerInfo;

namespace Cocoon.Node.Connections;

/// <summary>Reads the frame in which this machine's router tells who the peer is, ahead of the peer's own bytes.</summary>
public static class PeerInfoReader
{
    /// <summary>Takes the frame and leaves what follows it.</summary>
    /// <exception cref="IOException">There is no such frame: the message says what there is instead.</exception>
    public static async Task<AttestedPeerInfo> ReadAsync(PipeReader input, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await input.ReadAsync(cancellationToken).ConfigureAwait(false);
            var buffer = result.Buffer;
            AttestedPeerInfo? info;
            try
            {
                if (AttestedPeerInfo.TryReadFrame(ref buffer, out info))
                {
                    input.AdvanceTo(buffer.Start);
                    return info!;
                }
            }
            catch (FormatException exception)
            {
                throw new IOException($"{exception.Message} Does the router write peer info (option PeerInfo, or --serialize-info)?", exception);
            }
            if (result.IsCompleted)
                throw new IOException($"The router closed the connection after {buffer.Length} bytes of the peer info frame: it did not reach or did not accept the peer.");
            input.AdvanceTo(buffer.Start, buffer.End);
        }
    }
}
