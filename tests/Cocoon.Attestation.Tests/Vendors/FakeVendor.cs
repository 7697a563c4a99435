using System.Security.Cryptography;
using System.Text;
using Cocoon.Attestation.Tests.SevSnp;
using Cocoon.Attestation.Vendors;

namespace Cocoon.Attestation.Tests.Vendors;

/// <summary>A vendor's service that has what a test gives it.</summary>
internal sealed class FakeVendor : IVendorSource
{
    public const string ChainPath = "vcek/v1/Genoa/cert_chain";
    public const string ListPath = "vcek/v1/Genoa/crl";
    public static readonly string ChipPath = $"vcek/v1/Genoa/{Convert.ToHexStringLower(SnpForge.ChipId)}?blSPL=03&teeSPL=00&snpSPL=20&ucodeSPL=70";
    private readonly List<string> _asked = [];

    /// <summary>By path.</summary>
    public Dictionary<string, byte[]> Documents { get; } = [];

    public IReadOnlyList<string> Asked
    {
        get
        {
            lock (_asked) return [.. _asked];
        }
    }

    public static byte[] Pem(params byte[][] certificates) =>
        Encoding.ASCII.GetBytes(string.Concat(certificates.Select(der => PemEncoding.WriteString("CERTIFICATE", der) + "\n")));

    /// <summary>Has all that AMD publishes about a chip of the line Genoa.</summary>
    public void Publish(SnpForge forge)
    {
        Documents[ChainPath] = Pem(forge.Authority.Der, forge.Root.Der);
        Documents[ListPath] = forge.Root.RevokeDer(99);
        Documents[ChipPath] = forge.Make().EndorsementKey.ToArray();
    }

    public Task<byte[]> GetAsync(VendorDocument document, CancellationToken cancellationToken)
    {
        lock (_asked) _asked.Add(document.Path);
        return Documents.TryGetValue(document.Path, out var bytes)
            ? Task.FromResult(bytes)
            : throw new AttestationException($"collateral check: found status 404 at {document.Path}, wanted 200.");
    }
}
