namespace Cocoon.Attestation.Vendors;

/// <summary>Where a vendor's documents come from. Used by several callers at once.</summary>
public interface IVendorSource
{
    /// <summary>A document as it came: nothing in it has been verified.</summary>
    /// <exception cref="AttestationException">It is not to be had now; the message is a check's sentence.</exception>
    Task<byte[]> GetAsync(VendorDocument document, CancellationToken cancellationToken);
}
