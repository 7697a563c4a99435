using System.Text.Json;
using Cocoon.Attestation.Vendors;

namespace Cocoon.Attestation.Nvidia;

/// <summary>
/// Manifests from NVIDIA's RIM service or a mirror of it: <c>v1/rim/{id}</c> answers with a JSON object whose <c>rim</c> is the manifest in Base64.
/// </summary>
/// <param name="service">The service.</param>
public sealed class RimServiceSource(HttpVendorSource service) : IVendorSource
{
    /// <inheritdoc/>
    public async Task<byte[]> GetAsync(VendorDocument document, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(document);
        var answer = await service.GetAsync(document, cancellationToken).ConfigureAwait(false);
        try
        {
            using var json = JsonDocument.Parse(answer, new JsonDocumentOptions { MaxDepth = 8 });
            return json.RootElement.GetProperty("rim").GetBytesFromBase64();
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new AttestationException(
                $"collateral check: found {answer.Length} bytes at {document.Path}, wanted a JSON object with the manifest in 'rim'; see that the address is of a RIM service.", exception);
        }
    }
}
