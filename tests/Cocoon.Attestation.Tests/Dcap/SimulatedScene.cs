using System.Security.Cryptography;
using Cocoon.Attestation.Chains;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.Quotes;
using Cocoon.Attestation.Simulation;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Tests.Dcap;

/// <summary>A simulated platform, guest and verifier of which one thing at a time can be made wrong.</summary>
internal sealed record SimulatedScene
{
    public static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static readonly Ed25519PublicKey Key = new(Bits256.Sha256("simulated guest's key"u8));

    public static readonly SimulatedPlatform DefaultPlatform = new("tests", Start);

    /// <summary>The machine that makes the quote.</summary>
    public SimulatedPlatform Platform { get; init; } = DefaultPlatform;

    /// <summary>The machine for which the collateral is; null for the same.</summary>
    public SimulatedPlatform? Published { get; init; }

    public SimulatedGuest Guest { get; init; } = new();

    /// <summary>Works on the quote after it was made.</summary>
    public Func<byte[], byte[]> ChangeQuote { get; init; } = quote => quote;

    /// <summary>Works on the certificate chain before the quote is made.</summary>
    public Func<string, string> ChangeChain { get; init; } = chain => chain;

    /// <summary>Works on the collateral before it is verified.</summary>
    public Func<DcapCollateral, DcapCollateral> ChangeCollateral { get; init; } = collateral => collateral;

    /// <summary>The root that the verifier trusts; null for the platform's.</summary>
    public TrustAnchor? Anchor { get; init; }

    public QuoteRequirements Requirements { get; init; } = QuoteRequirements.Default;

    public DateTimeOffset Time { get; init; } = Start.AddDays(1);

    public Ed25519PublicKey ExpectedKey { get; init; } = Key;

    public QuoteVerdict Verify()
    {
        using var tee = new SimulatedTee(Platform);
        using var published = new SimulatedTee(Published ?? Platform);
        var quote = ChangeQuote(tee.CreateQuote(Guest, TeeMeasurements.ReportDataOf(Key), ChangeChain(tee.PckChain)));
        var collateral = VerifiedCollateral.Verify(ChangeCollateral(published.Collateral), Anchor ?? published.Anchor);
        return QuoteVerifier.Verify(quote, ExpectedKey, collateral, Requirements, Time);
    }

    /// <summary>The first check that fails, of the quote or of the collateral; null when all pass.</summary>
    public string? FirstFailure()
    {
        try
        {
            var verdict = Verify();
            (verdict.Evidence is null).ShouldBe(!verdict.Report.IsValid);
            return verdict.Report.FirstFailure;
        }
        catch (AttestationException exception)
        {
            return exception.Message;
        }
    }

    /// <summary>Where the guest's report begins in a quote.</summary>
    public int BodyStart => Guest.QuoteVersion == 5 ? 54 : 48;

    /// <summary>Where the length of the signature stands in a quote.</summary>
    public int SignatureLengthAt => BodyStart + (Guest.BodyKind == QuoteBodyKind.Td15 ? TdReport.Size15 : TdReport.Size10);

    /// <summary>The certificates of a chain, DER.</summary>
    public static List<byte[]> ReadPem(string chain) => [.. PemChain.Read(System.Text.Encoding.ASCII.GetBytes(chain), 3).Select(der => der.ToArray())];

    public static string WritePem(params byte[][] certificates) =>
        string.Concat(certificates.Select(der => new string(PemEncoding.Write("CERTIFICATE", der)) + "\n"));
}
