using System.Net;
using System.Net.Http.Headers;

namespace Cocoon.Attestation.Vendors;

/// <summary>
/// Documents from a vendor's HTTP service or a mirror of it. Answers are bounded in size and time, redirections are not followed. The service is not
/// trusted: whoever takes a document from here verifies it.
/// </summary>
public sealed class HttpVendorSource : IVendorSource, IDisposable
{
    /// <summary>The largest answer in bytes.</summary>
    public const int MaxAnswerSize = 4 * 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);
    private readonly HttpClient _http;

    /// <summary>Nothing is fetched yet.</summary>
    /// <param name="service">The service's base address, http or https.</param>
    /// <exception cref="ArgumentException">It is not such an address.</exception>
    public HttpVendorSource(Uri service)
    {
        ArgumentNullException.ThrowIfNull(service);
        if (!service.IsAbsoluteUri || service.Scheme is not ("http" or "https"))
            throw new ArgumentException($"A collateral service has an http or https address, found '{service}'.", nameof(service));
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
        {
            BaseAddress = new Uri(service.AbsoluteUri.TrimEnd('/') + "/"),
            Timeout = Patience,
            MaxResponseContentBufferSize = MaxAnswerSize,
        };
    }

    /// <inheritdoc/>
    public async Task<byte[]> GetAsync(VendorDocument document, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(document);
        return (await FetchAsync(document.Path, cancellationToken).ConfigureAwait(false)).Body;
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>The answer at a path below the base address.</summary>
    /// <exception cref="AttestationException">There is none, or not a whole one in time.</exception>
    internal async Task<(byte[] Body, HttpResponseHeaders Headers)> FetchAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.OK)
                throw Failure(path, $"status {(int)response.StatusCode}", "200; see that the service knows this platform");
            return (await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false), response.Headers);
        }
        catch (HttpRequestException exception)
        {
            throw Failure(path, exception.Message.TrimEnd('.'), $"an answer of at most {MaxAnswerSize} bytes; see that the service can be reached", exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failure(path, "no whole answer", $"one within {Patience.TotalSeconds:0} seconds; see that the service can be reached", exception);
        }
    }

    internal AttestationException Failure(string path, string found, string wanted, Exception? cause = null) =>
        new($"collateral check: found {found} at {_http.BaseAddress}{path}, wanted {wanted}.", cause);
}
