using System.Collections.Immutable;
using Cocoon.Attestation.Quotes;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Dcap;

/// <summary>What a verified quote proves.</summary>
public sealed record QuoteEvidence
{
    /// <summary>What is measured, and the image hash of it.</summary>
    public required TeeMeasurements Measurements { get; init; }

    /// <summary>The data of its own choice that the guest or enclave had quoted, 64 bytes.</summary>
    public required ReadOnlyMemory<byte> ReportData { get; init; }

    /// <summary>The guest's attributes; none for SGX.</summary>
    public TdAttributes Attributes { get; init; }

    /// <summary>The processor state that the guest may use; zero for SGX.</summary>
    public ulong Xfam { get; init; }

    /// <summary>The measurement of the TDX module; zero for SGX.</summary>
    public Bits384 MrSeam { get; init; }

    /// <summary>How up to date the platform is.</summary>
    public required TcbStatus TcbStatus { get; init; }

    /// <summary>The platform has all that was published until then.</summary>
    public required DateTimeOffset TcbDate { get; init; }

    /// <summary>The advisories that apply to it.</summary>
    public required ImmutableArray<string> Advisories { get; init; }

    /// <summary>The kind of platform: the FMSPC, 12 lower-case hexadecimal digits.</summary>
    public required string Fmspc { get; init; }

    /// <summary>Which processor: the PPID of its PCK certificate, 32 lower-case hexadecimal digits. It stays the same for ever.</summary>
    public required string PlatformId { get; init; }

    /// <summary>The root behind it: SHA-384 of its uncompressed key (see <see cref="IntelRoots.KeyIdOf"/>).</summary>
    public required Bits384 RootKeyId { get; init; }

    /// <summary>Until when this holds: the earliest end of a certificate, or next update of a list or a document.</summary>
    public required DateTimeOffset ValidUntil { get; init; }
}
