using System.Collections.Immutable;
using Cocoon.Attestation.Quotes;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Simulation;

/// <summary>A TDX guest that is simulated: what its quotes say.</summary>
public sealed record SimulatedGuest
{
    /// <summary>The version of its quotes, 4 or 5.</summary>
    public int QuoteVersion { get; init; } = 4;

    /// <summary>The kind of its report: <see cref="QuoteBodyKind.Td10"/>, or <see cref="QuoteBodyKind.Td15"/> in quotes of version 5.</summary>
    public QuoteBodyKind BodyKind { get; init; } = QuoteBodyKind.Td10;

    /// <summary>What is measured of it: TDX measurements.</summary>
    public TeeMeasurements Measurements { get; init; } = TeeMeasurements.ZeroTdx;

    /// <summary>Its attributes.</summary>
    public TdAttributes Attributes { get; init; } = TdAttributes.SeptVeDisable;

    /// <summary>The processor state that it may use.</summary>
    public ulong Xfam { get; init; } = 0x602e7;

    /// <summary>The measurement of the TDX module.</summary>
    public Bits384 MrSeam { get; init; } = Bits384.Sha384("simulated TDX module"u8);

    /// <summary>Who signed the TDX module.</summary>
    public Bits384 MrSignerSeam { get; init; } = Bits384.Zero;

    /// <summary>The TDX module's attributes.</summary>
    public ulong SeamAttributes { get; init; }

    /// <summary>The security versions under which it was started, 16 of them: the module's minor and major version first.</summary>
    public ImmutableArray<byte> TeeTcbSvn { get; init; } = [6, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>The security versions under which it runs now, 16 of them; in TDX 1.5 reports only.</summary>
    public ImmutableArray<byte> TeeTcbSvn2 { get; init; } = [6, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
}
