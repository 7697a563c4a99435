namespace Cocoon.Protocol.Framing;

/// <summary>The sizes that the Cocoon wire protocol fixes, in bytes.</summary>
public static class PacketLimits
{
    /// <summary>The length and the number before each body.</summary>
    public const int HeaderSize = 8;

    /// <summary>The shortest body: one constructor id.</summary>
    public const int MinBodySize = 4;

    /// <summary>The longest body, 16 MiB.</summary>
    public const int MaxBodySize = 1 << 24;
}
