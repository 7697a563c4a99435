namespace Cocoon.Attestation.Certificates;

/// <summary>Which side of a connection presents a certificate.</summary>
public enum CertificateRole
{
    /// <summary>The side that accepted the connection.</summary>
    Server,

    /// <summary>The side that dialled.</summary>
    Client,
}
