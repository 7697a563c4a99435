namespace Cocoon.Attestation.Sources;

/// <summary>Where Linux makes attestation reports (Documentation/ABI/testing/configfs-tsm-report): an entry is a request of its own.</summary>
internal interface ITsmReports
{
    /// <summary>Makes an entry; disposing of it removes it.</summary>
    /// <exception cref="AttestationException">There is no such facility here; the message says what to do.</exception>
    ITsmReport Create(string name);
}
