using System.Collections.Immutable;
using System.Formats.Asn1;
using Cocoon.Attestation.Chains;
using Cocoon.Attestation.SevSnp;
using Cocoon.Attestation.Tests.SevSnp;
using Cocoon.Attestation.Tests.Vectors;
using Cocoon.Attestation.Verification;

namespace Cocoon.Attestation.Tests.Flips;

/// <summary>
/// AMD's report and its certificates, each change verified by the whole verifier. The real report is of a guest under debug: untouched it fails
/// that check and no other (<see cref="SnpVectorTests"/>), so it counts as believed once its signature is.
/// </summary>
[Collection(nameof(FlipCollection))]
public sealed class SnpFlipTests
{
    [VectorFact]
    public void All_8_bits_of_every_byte_of_the_real_report()
    {
        var certificates = SnpVectors.Evidence.ToBytes()[SnpReport.Size..];
        // What the report says of its guest is what is wanted, so that only the signature is left to notice a change of it.
        BitFlips.InAll(SnpVectors.Evidence.Report.Raw, changed => IsBelieved(SnpVectors.Verifier.Verify((byte[])[.. changed, .. certificates], changed.AsSpan(0x50, 64), SnpVectors.Now)))
            .ShouldBeEmpty();
    }

    [VectorFact]
    public void All_8_bits_of_every_byte_of_the_real_chips_certificate() =>
        BitFlips.InAll(SnpVectors.Evidence.EndorsementKey, changed => IsBelieved(Verify(changed, SnpVectors.Evidence.Authorities))).ShouldBeEmpty();

    [VectorFact]
    public void All_8_bits_of_every_byte_of_AMDs_intermediate_certificate() =>
        BitFlips.InAll(SnpVectors.Evidence.Authorities[0], changed => IsBelieved(Verify(SnpVectors.Evidence.EndorsementKey, SnpVectors.Evidence.Authorities.SetItem(0, changed))))
            .ShouldBeEmpty();

    /// <summary>
    /// AMD's root key is part of the verifier, and its certificate may be missing. One with another subject is not found where it would stand, and
    /// the intermediate is then held to the key itself; so changes of the subject that leave it well-formed, and nothing else, pass.
    /// </summary>
    [VectorFact]
    public void One_bit_of_every_byte_of_AMDs_root_certificate_but_its_subject()
    {
        var root = SnpVectors.Evidence.Authorities[1];
        var (start, length) = SubjectOf(root);
        var believed = BitFlips.OneInEach(root, changed => IsBelieved(Verify(SnpVectors.Evidence.EndorsementKey, SnpVectors.Evidence.Authorities.SetItem(1, changed))));
        believed.Where(flip => flip.Index < start || flip.Index >= start + length).ShouldBeEmpty();
        IsBelieved(Verify(SnpVectors.Evidence.EndorsementKey, [SnpVectors.Evidence.Authorities[0]])).ShouldBeTrue();
    }

    private static EvidenceReport Verify(ReadOnlyMemory<byte> key, ImmutableArray<ReadOnlyMemory<byte>> authorities) =>
        SnpVectors.Verify(SnpEvidence.Create(SnpVectors.Evidence.Report.Raw.Span, key, authorities));

    private static bool IsBelieved(EvidenceReport report) => report.Checks.Any(check => check is { Name: "report signature", Passed: true });

    private static (int Start, int Length) SubjectOf(ReadOnlyMemory<byte> der)
    {
        var subject = ChainCertificate.Parse(der).SubjectName;
        var start = der.Span.LastIndexOf(subject.Span);
        return (start, subject.Length);
    }
}
