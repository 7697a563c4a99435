using System.Security.Cryptography;
using Cocoon.Attestation.Chains;
using Cocoon.Attestation.Nvidia;
using Cocoon.Attestation.Tests.Nvidia;
using Cocoon.Attestation.Tests.Vectors;

namespace Cocoon.Attestation.Tests.Flips;

/// <summary>
/// The report and the chain of a real H100. A signature of P-384 takes over a millisecond and a chain has five, so all eight bits of the report go
/// through its own check, and one bit of every byte of report and chain goes through the whole verifier. Every byte of both is covered.
/// </summary>
[Collection(nameof(FlipCollection))]
public sealed class GpuFlipTests
{
    // SPDM's request: its nonce is also what the verifier asks for.
    private const int NonceStart = 4;

    [VectorFact]
    public void All_8_bits_of_every_byte_of_the_real_report_against_its_signature()
    {
        var device = ChainCertificate.Parse(NvidiaVectors.Evidence.Certificates[0]);
        using var keys = new ThreadLocal<ECDsa>(() => P384.Import(device.PublicKeyInfo.Span), trackAllValues: true);
        BitFlips.InAll(NvidiaVectors.Evidence.Report, changed => GpuReport.Parse(changed) is var report && P384.Verify(keys.Value!, report.SignedPart, report.Signature.Span))
            .ShouldBeEmpty();
        foreach (var key in keys.Values) key.Dispose();
    }

    [VectorFact]
    public void One_bit_of_every_byte_of_the_real_report_through_the_whole_verifier() =>
        BitFlips.OneInEach(
            NvidiaVectors.Evidence.Report,
            changed => IsBelieved(NvidiaVectors.Evidence with { Report = changed }, changed.AsSpan(NonceStart, GpuReport.NonceSize))).ShouldBeEmpty();

    [VectorFact]
    public void One_bit_of_every_byte_of_the_real_chain_through_the_whole_verifier()
    {
        var evidence = NvidiaVectors.Evidence;
        for (var index = 0; index < evidence.Certificates.Length; index++)
        {
            BitFlips.OneInEach(evidence.Certificates[index], changed => IsBelieved(evidence with { Certificates = evidence.Certificates.SetItem(index, changed) }, NvidiaVectors.Nonce))
                .ShouldBeEmpty($"certificate {index}");
        }
    }

    /// <summary>Report and chain are believed once the verifier goes on to the manifests.</summary>
    private static bool IsBelieved(GpuEvidence evidence, ReadOnlySpan<byte> nonce) =>
        NvidiaVectors.Verifier.Verify(evidence, nonce, NvidiaVectors.Driver, NvidiaVectors.Vbios, NvidiaVectors.Now).Checks
            .Any(check => check.Name.StartsWith("driver manifest", StringComparison.Ordinal));
}
