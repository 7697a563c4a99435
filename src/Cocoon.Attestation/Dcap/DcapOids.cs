namespace Cocoon.Attestation.Dcap;

/// <summary>Object identifiers of Intel's certificates and revocation lists (RFC 5280; Intel SGX PCK Certificate and CRL Profile Specification).</summary>
internal static class DcapOids
{
    public const string EcdsaWithSha256 = "1.2.840.10045.4.3.2";
    public const string EcPublicKey = "1.2.840.10045.2.1";
    public const string P256Curve = "1.2.840.10045.3.1.7";
    public const string CommonName = "2.5.4.3";
    public const string SubjectKeyIdentifier = "2.5.29.14";
    public const string KeyUsage = "2.5.29.15";
    public const string BasicConstraints = "2.5.29.19";
    public const string CrlNumber = "2.5.29.20";
    public const string CrlReason = "2.5.29.21";
    public const string CrlDistributionPoints = "2.5.29.31";
    public const string AuthorityKeyIdentifier = "2.5.29.35";
    public const string Sgx = "1.2.840.113741.1.13.1";
    public const string SgxPpid = Sgx + ".1";
    public const string SgxTcb = Sgx + ".2";
    public const string SgxPceSvn = SgxTcb + ".17";
    public const string SgxCpuSvn = SgxTcb + ".18";
    public const string SgxPceId = Sgx + ".3";
    public const string SgxFmspc = Sgx + ".4";
    public const string SgxType = Sgx + ".5";
}
