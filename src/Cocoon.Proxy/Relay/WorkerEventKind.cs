namespace Cocoon.Proxy.Relay;

/// <summary>What a worker can say about a request.</summary>
internal enum WorkerEventKind
{
    /// <summary>The head of the answer.</summary>
    Head,

    /// <summary>Bytes of the body.</summary>
    Part,

    /// <summary>The worker gave up; the code and text say why.</summary>
    Failed,

    /// <summary>The worker's connection ended, or it broke the rules.</summary>
    Lost,
}
