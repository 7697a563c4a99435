namespace Cocoon.Proxy.Routing;

/// <summary>Why no worker takes a request.</summary>
internal enum WorkerRefusal
{
    None,

    /// <summary>No worker ever served the model.</summary>
    UnknownModel,

    /// <summary>No worker that serves the model is connected.</summary>
    NoWorkers,

    /// <summary>Every one of them is at its limit, disabled, or was tried.</summary>
    AllBusy,

    /// <summary>Only workers above the client's cap are free.</summary>
    TooExpensive,
}
