namespace Cocoon.Attestation.Certificates;

internal static class CertificateOids
{
    public const string Ed25519 = "1.3.101.112";
    public const string Quote = "1.3.6.1.4.1.12345.1";
    public const string UserClaims = "1.3.6.1.4.1.12345.2";
    public const string SubjectKeyIdentifier = "2.5.29.14";
    public const string KeyUsage = "2.5.29.15";
    public const string SubjectAlternativeName = "2.5.29.17";
    public const string BasicConstraints = "2.5.29.19";
    public const string RevocationListPoints = "2.5.29.31";
    public const string ExtendedKeyUsage = "2.5.29.37";
    public const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    public const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
}
