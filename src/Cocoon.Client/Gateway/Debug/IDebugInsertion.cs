namespace Cocoon.Client.Gateway.Debug;

/// <summary>Puts the debug object a caller asked for into the body of an answer that goes by.</summary>
internal interface IDebugInsertion
{
    /// <summary>Takes the next part of the body and gives what may pass now, valid until the next call.</summary>
    ReadOnlyMemory<byte> Take(ReadOnlyMemory<byte> part);

    /// <summary>Ends the body: gives the rest of it, with the debug object where there is a place for it.</summary>
    /// <param name="debug">The debug object, JSON on one line.</param>
    ReadOnlyMemory<byte> Finish(ReadOnlySpan<byte> debug);
}
