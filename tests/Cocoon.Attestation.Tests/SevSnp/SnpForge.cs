using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Cocoon.Attestation.SevSnp;
using Cocoon.Attestation.Tests.Chains;

namespace Cocoon.Attestation.Tests.SevSnp;

/// <summary>Makes evidence that is right but for what a test changes.</summary>
internal sealed class SnpForge
{
    public static readonly DateTimeOffset Now = TestAuthority.Start.AddMonths(1);
    public static readonly byte[] ReportData = [.. Enumerable.Range(0, 64).Select(value => (byte)value)];
    public static readonly byte[] ChipId = [.. Enumerable.Repeat((byte)7, 64)];

    public TestAuthority Root { get; } = new("test ARK");

    public TestAuthority Authority { get; set; }

    public SnpProduct Product { get; init; } = SnpProduct.Genoa;

    public uint Version { get; set; } = 3;

    public bool IsVlek { get; set; }

    /// <summary>What the certificate says; the report says the same until a test changes it.</summary>
    public SnpTcb Tcb { get; set; } = new(3, 0, 20, 70);

    public byte[]? CertificateChipId { get; set; }

    public string? CertificateProduct { get; set; }

    public DateTimeOffset CertificateEnd { get; set; } = TestAuthority.End;

    public ECDsa Key { get; } = TestAuthority.KeyOf("test chip");

    public SnpRequirements Requirements { get; set; } = new();

    public SnpEndorsements Endorsements { get; set; }

    public SnpForge()
    {
        Authority = new TestAuthority("test ASK", Root, pathLength: 0);
        Endorsements = new SnpEndorsements { Roots = Enum.GetValues<SnpProduct>().ToImmutableDictionary(product => product, _ => Root.Anchor) };
    }

    public SnpVerifier Verifier => new(Endorsements, Requirements);

    public Cocoon.Attestation.Verification.EvidenceReport Verify(Action<byte[]>? change = null, ReadOnlySpan<byte> reportData = default) =>
        Verifier.Verify(Make(change).ToBytes(), reportData.IsEmpty ? ReportData : reportData, Now);

    /// <summary>Evidence whose report is changed before it is signed.</summary>
    public SnpEvidence Make(Action<byte[]>? change = null)
    {
        var report = new byte[SnpReport.Size];
        BinaryPrimitives.WriteUInt32LittleEndian(report, Version);
        BinaryPrimitives.WriteUInt64LittleEndian(report.AsSpan(8), 0x30000);
        report[0x34] = 1;
        report[0x48] = (byte)(IsVlek ? 4 : 0);
        ReportData.CopyTo(report, 0x50);
        (Product == SnpProduct.Turin ? ChipId[..8] : ChipId).CopyTo(report, 0x1a0);
        foreach (var offset in new[] { 0x38, 0x180, 0x1e0, 0x1f0 }) WriteTcb(report.AsSpan(offset), Tcb);
        if (Version >= 3)
        {
            report[0x188] = (byte)(Product == SnpProduct.Turin ? 0x1a : 0x19);
            report[0x189] = (byte)(Product == SnpProduct.Genoa ? 0x11 : 1);
        }
        change?.Invoke(report);
        SignReport(report, Key);
        return SnpEvidence.Create(report, MakeCertificate(), [Authority.Der, Root.Der]);
    }

    public static void SignReport(byte[] report, ECDsa key)
    {
        var signature = key.SignData(report.AsSpan(0, 0x2a0).ToArray(), HashAlgorithmName.SHA384);
        signature.AsSpan(0, 48).Reverse();
        signature.AsSpan(48).Reverse();
        signature.AsSpan(0, 48).CopyTo(report.AsSpan(0x2a0));
        signature.AsSpan(48).CopyTo(report.AsSpan(0x2a0 + 72));
    }

    private static void WriteTcb(Span<byte> raw, SnpTcb tcb, bool isTurin)
    {
        byte[] levels = isTurin
            ? [tcb.Fmc, tcb.BootLoader, tcb.Tee, tcb.Snp, 0, 0, 0, tcb.Microcode]
            : [tcb.BootLoader, tcb.Tee, 0, 0, 0, 0, tcb.Snp, tcb.Microcode];
        levels.CopyTo(raw);
    }

    private void WriteTcb(Span<byte> raw, SnpTcb tcb) => WriteTcb(raw, tcb, Product == SnpProduct.Turin);

    private byte[] MakeCertificate()
    {
        var extensions = new List<X509Extension>
        {
            Extension("2", writer => writer.WriteCharacterString(UniversalTagNumber.IA5String, CertificateProduct ?? Product + "-B1")),
            Level("3.1", Tcb.BootLoader), Level("3.2", Tcb.Tee), Level("3.3", Tcb.Snp), Level("3.8", Tcb.Microcode),
        };
        if (Product == SnpProduct.Turin) extensions.Add(Level("3.9", Tcb.Fmc));
        if (IsVlek) extensions.Add(Extension("5", writer => writer.WriteCharacterString(UniversalTagNumber.IA5String, "a cloud")));
        else extensions.Add(new X509Extension(Prefix + "4", CertificateChipId ?? (Product == SnpProduct.Turin ? ChipId[..8] : ChipId), false));
        return Authority.IssueDevice("test VCEK", Key, extensions, CertificateEnd);
    }

    private const string Prefix = "1.3.6.1.4.1.3704.1.";

    private static X509Extension Level(string suffix, byte level) => Extension(suffix, writer => writer.WriteInteger(level));

    private static X509Extension Extension(string suffix, Action<AsnWriter> write)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        write(writer);
        return new X509Extension(Prefix + suffix, writer.Encode(), false);
    }
}
