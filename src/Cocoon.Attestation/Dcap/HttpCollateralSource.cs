using Cocoon.Attestation.Vendors;

namespace Cocoon.Attestation.Dcap;

/// <summary>
/// Collateral from Intel's provisioning certification service or a cache in front of it (PCS API, version 4): four documents, the chains of those who
/// signed them in the answers' headers. Answers are bounded in size and time; redirections are not followed.
/// </summary>
public sealed class HttpCollateralSource : ICollateralSource, IDisposable
{
    private readonly HttpVendorSource _service;

    /// <summary>Nothing is fetched yet.</summary>
    /// <param name="service">What comes before <c>/sgx/certification/v4</c>, http or https.</param>
    /// <exception cref="ArgumentException">It is not such an address.</exception>
    public HttpCollateralSource(Uri service) => _service = new HttpVendorSource(service);

    /// <inheritdoc/>
    public async Task<DcapCollateral> GetAsync(DcapPlatform platform, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(platform);
        var tee = platform.Kind == TeeMeasurementKind.Tdx ? "tdx" : "sgx";
        var tcb = FetchAsync($"{tee}/certification/v4/tcb?fmspc={platform.Fmspc}", "TCB-Info-Issuer-Chain", cancellationToken);
        var identity = FetchAsync($"{tee}/certification/v4/qe/identity", "SGX-Enclave-Identity-Issuer-Chain", cancellationToken);
        var crl = FetchAsync($"sgx/certification/v4/pckcrl?ca={platform.Authority}&encoding=der", "SGX-PCK-CRL-Issuer-Chain", cancellationToken);
        var root = FetchAsync("sgx/certification/v4/rootcacrl", null, cancellationToken);
        await Task.WhenAll(tcb, identity, crl, root).ConfigureAwait(false);

        var (tcbInfo, tcbSignature) = ReadSigned("TCB info", (await tcb.ConfigureAwait(false)).Body, "tcbInfo");
        var (qeIdentity, qeSignature) = ReadSigned("QE identity", (await identity.ConfigureAwait(false)).Body, "enclaveIdentity");
        return new DcapCollateral
        {
            TcbInfo = tcbInfo,
            TcbInfoSignature = tcbSignature,
            TcbInfoIssuerChain = (await tcb.ConfigureAwait(false)).Chain,
            QeIdentity = qeIdentity,
            QeIdentitySignature = qeSignature,
            QeIdentityIssuerChain = (await identity.ConfigureAwait(false)).Chain,
            PckCrl = ReadList((await crl.ConfigureAwait(false)).Body),
            PckCrlIssuerChain = (await crl.ConfigureAwait(false)).Chain,
            RootCaCrl = ReadList((await root.ConfigureAwait(false)).Body),
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _service.Dispose();

    private async Task<(byte[] Body, string Chain)> FetchAsync(string path, string? chainHeader, CancellationToken cancellationToken)
    {
        var (body, headers) = await _service.FetchAsync(path, cancellationToken).ConfigureAwait(false);
        if (chainHeader is null) return (body, "");
        return headers.TryGetValues(chainHeader, out var values)
            ? (body, Uri.UnescapeDataString(string.Concat(values)))
            : throw _service.Failure(path, $"no header {chainHeader}", "the certificates of the issuer in it; the address has to be of a service of version 4");
    }

    private static (byte[] Document, byte[] Signature) ReadSigned(string what, byte[] body, string member) =>
        SignedJson.Read(what, body, json => (json.Raw(member), json.Hex("signature", 64)));

    // Caches give lists as hexadecimal digits, Intel's service one of the two in DER.
    private static byte[] ReadList(byte[] body)
    {
        var isText = body.Length > 0 && !body.AsSpan().ContainsAnyExcept("0123456789abcdefABCDEF\r\n "u8);
        if (!isText) return body;
        try
        {
            return Convert.FromHexString(System.Text.Encoding.ASCII.GetString(body).Trim());
        }
        catch (FormatException)
        {
            return body;
        }
    }
}
