namespace Cocoon.Attestation.Dcap;

/// <summary>Object identifiers of the SGX extension of PCK certificates (Intel SGX PCK Certificate and CRL Profile Specification, §1.3.5).</summary>
internal static class DcapOids
{
    public const string Sgx = "1.2.840.113741.1.13.1";
    public const string Ppid = Sgx + ".1";
    public const string Tcb = Sgx + ".2";
    public const string PceSvn = Tcb + ".17";
    public const string CpuSvn = Tcb + ".18";
    public const string PceId = Sgx + ".3";
    public const string Fmspc = Sgx + ".4";
    public const string SgxType = Sgx + ".5";
}
