using System.Text.RegularExpressions;
using Cocoon.Cli.Commands.Attest;
using Cocoon.Cryptography;

namespace Cocoon.Cli.Story;

/// <summary>The worker that gave an answer, asked once more for evidence, which is then verified as a stranger would verify it.</summary>
/// <param name="Worker">The worker's key, as the answer's header names it.</param>
/// <param name="Nonce">What the evidence was made for.</param>
/// <param name="Checks">How many checks passed.</param>
/// <param name="Failures">The checks that failed, in words.</param>
internal sealed partial record DemoAttestation(string Worker, string Nonce, int Checks, IReadOnlyList<string> Failures)
{
    /// <summary>Fetches the report and verifies it.</summary>
    /// <exception cref="IOException">The gateway gives none.</exception>
    public static async Task<DemoAttestation> FetchAsync(HttpClient http, string gateway, string model, string? header, CancellationToken cancellationToken)
    {
        if (WorkerKey().Match(header ?? "") is not { Success: true } found)
            throw new IOException($"The answer's header names no worker: '{header}'.");
        var (worker, nonce) = (found.Groups[1].Value, Bits256.Random());
        using var response = await http.GetAsync(
            $"{gateway}/v1/attestation/report?model={Uri.EscapeDataString(model)}&nonce={nonce}&worker={worker}", cancellationToken).ConfigureAwait(false);
        var report = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
            throw new IOException($"The gateway gives no attestation report: {(int)response.StatusCode} {System.Text.Encoding.UTF8.GetString(report)}");
        var verdict = new AttestInput("report", [], []).Recognise(report).Verify(new AttestDemands
        {
            Time = TimeProvider.System.GetUtcNow(),
            Nonce = nonce.ToArray(),
            Key = new Ed25519PublicKey(new Bits256(Convert.FromHexString(worker))),
            Simulated = true,
        });
        return new DemoAttestation(
            worker, nonce.ToString(), verdict.Checks.Count(check => check.Passed), [.. verdict.Checks.Where(check => !check.Passed).Select(check => check.ToString())]);
    }

    [GeneratedRegex("(?:^|, )worker;[^,]*;key=\"([0-9a-f]{64})\"")]
    private static partial Regex WorkerKey();
}
