using System.Globalization;
using System.Security.Cryptography;

namespace Cocoon.Attestation.EventLog;

/// <summary>One entry of a boot log: something that was measured into a register.</summary>
/// <param name="Index">Its place in the log, from 0.</param>
/// <param name="Register">Where it was measured: 0 for MRTD, which events do not change, 1 to 4 for RTMR0 to RTMR3.</param>
/// <param name="Type">What kind of thing it is (TCG PC client platform firmware profile, §10.4.1).</param>
/// <param name="Digest">The SHA-384 hash that was measured, 48 bytes.</param>
/// <param name="Data">What the log says of it. Only where <see cref="IsDataMeasured"/> is this more than the host's word.</param>
public sealed record CcEvent(int Index, int Register, uint Type, ReadOnlyMemory<byte> Digest, ReadOnlyMemory<byte> Data)
{
    internal const uint NoAction = 3;

    /// <summary>The name of <see cref="Type"/>.</summary>
    public string TypeName => EventDescriptions.NameOf(Type);

    /// <summary>The thing in words: a file, a variable, a command line. At most 240 printable characters.</summary>
    public string Description => EventDescriptions.Describe(this);

    /// <summary>
    /// Whether the digest is that of the data. Where it is not, as with files and boot options, the digest is of something that the data
    /// only describes, and a host that lies about the description is not found out.
    /// </summary>
    public bool IsDataMeasured => SHA384.HashData(Data.Span).AsSpan().SequenceEqual(Digest.Span);

    /// <summary>Whether it was measured at all: some entries only inform.</summary>
    public bool IsMeasured => Type != NoAction && Register > 0;

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"event {Index}, {TypeName}, {Description}, digest {Convert.ToHexStringLower(Digest.Span[..8])}…");
}
