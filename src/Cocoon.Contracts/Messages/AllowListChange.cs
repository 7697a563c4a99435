namespace Cocoon.Contracts.Messages;

/// <summary>What the registry's owner does to one of the lists of hashes. Each value is the operation code.</summary>
public enum AllowListChange : uint
{
    /// <summary>Allow a worker image.</summary>
    AddWorkerImage = 0xe34b1c60,

    /// <summary>No longer allow a worker image.</summary>
    DeleteWorkerImage = 0x8d94a79a,

    /// <summary>Allow a model.</summary>
    AddModel = 0xc146134d,

    /// <summary>No longer allow a model.</summary>
    DeleteModel = 0x92b11c18,

    /// <summary>Allow a proxy image.</summary>
    AddProxyImage = 0x71860e80,

    /// <summary>No longer allow a proxy image.</summary>
    DeleteProxyImage = 0x3c41d0b2,
}
