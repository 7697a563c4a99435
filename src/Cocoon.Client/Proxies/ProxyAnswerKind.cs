namespace Cocoon.Client.Proxies;

/// <summary>What a message about a running request is.</summary>
internal enum ProxyAnswerKind
{
    /// <summary>Status and headers, perhaps with the whole body.</summary>
    Start,

    /// <summary>More of the body.</summary>
    Part,

    /// <summary>The request failed.</summary>
    Failure,
}
