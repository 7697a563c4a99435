namespace Cocoon.Attestation;

/// <summary>Whose measurements; the numbers are those of the Cocoon wire protocol.</summary>
public enum TeeMeasurementKind
{
    /// <summary>An Intel TDX guest.</summary>
    Tdx = 0,

    /// <summary>An Intel SGX enclave.</summary>
    Sgx = 1,
}
