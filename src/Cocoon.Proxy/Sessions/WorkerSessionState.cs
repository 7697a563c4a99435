namespace Cocoon.Proxy.Sessions;

/// <summary>Where a worker's handshake stands; it only moves forward.</summary>
internal enum WorkerSessionState
{
    Connecting,
    Introducing,
    Proving,
    Judging,
    Comparing,
    ComparingExtended,
    Finishing,
    Ready,
}
