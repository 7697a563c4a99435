namespace Cocoon.Attestation.Sources;

/// <summary>The older way to an AMD report, a device of its own.</summary>
internal interface ISnpDevice
{
    bool Exists { get; }

    /// <summary>Gets a report (<see cref="SevSnp.SnpReport.Size"/> bytes) and the table of certificates that the host gives with it.</summary>
    /// <exception cref="AttestationException">The device or the host refused.</exception>
    (byte[] Report, byte[] Table) GetExtendedReport(ReadOnlySpan<byte> reportData);
}
