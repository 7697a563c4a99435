using System.Buffers.Binary;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;
using Cocoon.Attestation.Certificates;
using Cocoon.Attestation.Chains;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.EventLog;
using Cocoon.Attestation.Nvidia;
using Cocoon.Attestation.Quotes;
using Cocoon.Attestation.SevSnp;
using Cocoon.Attestation.Simulation;
using Cocoon.Attestation.Tests.Certificates;
using Cocoon.Attestation.Tests.Dcap;
using Cocoon.Attestation.Tests.EventLog;
using Cocoon.Attestation.Tests.Nvidia;
using Cocoon.Attestation.Tests.SevSnp;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Tests;

/// <summary>
/// Reading and judging hostile evidence of the largest allowed size allocates at most <see cref="Multiple"/> bytes for each byte of it, for manifests
/// <see cref="ManifestMultiple"/>, and <see cref="Constant"/> bytes besides: for reports, errors and keys. Counted is all that is ever allocated, not
/// what is held at a time.
/// </summary>
public sealed class BoundedMemoryTests
{
    /// <summary>
    /// Bytes for each byte of what a peer or a service sends. The worst is a list of the smallest things that there are, of which each becomes an object:
    /// an object identifier of three bytes in a certificate takes 38 times as much.
    /// </summary>
    private const int Multiple = 48;

    /// <summary>Bytes for each byte of a manifest's XML, where the worst is an element of ten thousands of attributes with 99.</summary>
    private const int ManifestMultiple = 128;

    /// <summary>Bytes besides.</summary>
    private const int Constant = 128 * 1024;

    private static readonly SimulatedTee Tee = new(SimulatedScene.DefaultPlatform);
    private static readonly VerifiedCollateral Collateral = VerifiedCollateral.Verify(Tee.Collateral, Tee.Anchor);
    private static readonly Ed25519PrivateKey Key = Ed25519PrivateKey.FromSeed(SHA256.HashData("a hostile peer"u8));

    private static readonly Dictionary<string, (Func<byte[]> Make, Action<byte[]> Read)> Inputs = new()
    {
        ["quote of zeros"] = (() => new byte[Quote.MaxSize], Judge),
        ["quote, too large"] = (() => new byte[Quote.MaxSize + 1], Judge),
        ["quote that declares 4 GB of signature"] = (() => WithSize(uint.MaxValue), Judge),
        ["quote that is padded"] = (() => Padded(Tee.CreateQuote(new SimulatedGuest(), SimulatedScene.Key)), Judge),
        ["quote with a chain of many certificates"] = (() => WithChain(Repeat(Tee.PckChain, 30_000)), Judge),
        ["quote with a chain of empty certificates"] = (() => WithChain(Repeat("-----BEGIN CERTIFICATE----------END CERTIFICATE-----", 28_000)), Judge),
        ["quote with one certificate of 20 kB"] = (() => WithChain(Pem(Nested(20_000))), Judge),
        ["quote with three certificates nested to the end"] = (() => WithChain(Pem(Nested(7_000)) + Pem(Nested(7_000)) + Pem(Nested(7_000))), Judge),
        ["quote with Base64 without end"] = (() => WithChain("-----BEGIN CERTIFICATE-----" + new string('A', 27_000)), Judge),
        ["quote with white space for a chain"] = (() => WithChain(new string('\n', 28_000)), Judge),
        ["certificate with the largest quote"] = (() => new CertificateForge().With("1.3.6.1.4.1.12345.1", true, new byte[AttestedCertificate.MaxQuoteSize]).Make(Key), Parse),
        ["certificate with one extension of 64 kB"] = (() => new CertificateForge().With("1.2.3", false, new byte[64_000]).Make(Key), Parse),
        ["certificate with thousands of extensions"] = (() => ManyExtensions(4_000).Make(Key), Parse),
        ["certificate with thousands of names"] = (() => new CertificateForge().Without("2.5.29.17").With("2.5.29.17", false, Names(30_000)).Make(Key), Parse),
        ["certificate with thousands of usages"] = (() => new CertificateForge().Without("2.5.29.37").With("2.5.29.37", false, Usages(30_000)).Make(Key), Parse),
        ["certificate nested to the end"] = (() => Nested(AttestedCertificate.MaxSize - 8), Parse),
        ["AMD evidence with certificates nested to the end"] = (() => SnpWith(Enumerable.Repeat(Nested(8_000), 3)), JudgeSnp),
        ["AMD evidence with PEM instead of DER"] = (() => SnpWith([Encoding.ASCII.GetBytes(Pem(Nested(20_000)))]), JudgeSnp),
        ["AMD evidence with a table of many"] = (() => [.. new SnpForge().Make().Report.Raw.Span, .. Enumerable.Repeat((byte)1, AttestedCertificate.MaxQuoteSize - SnpReport.Size)], JudgeSnp),
        ["GPU report of empty fields"] = (() => new GpuForge().Make(change: body => [.. body.AsSpan(0, body.Length - OpaqueSize(body) - 2), 0, 0xe0, .. Fields(0xe000 / 4)]).Report.ToArray(), JudgeGpu),
        ["GPU report of zeros"] = (() => new byte[GpuReport.MaxSize], JudgeGpu),
        ["manifest of many resources"] = (() => Encoding.UTF8.GetBytes(ManyResources(RimFile.MaxSize)), bytes => RimFile.Parse(bytes)),
        ["manifest of many attributes"] = (() => Encoding.UTF8.GetBytes(ManyAttributes(20_000)), bytes => RimFile.Parse(bytes)),
        ["manifest nested to the end"] = (() => Encoding.UTF8.GetBytes(Repeat("<a>", RimFile.MaxSize)), bytes => RimFile.Parse(bytes)),
        ["revocation list of the smallest entries"] = (() => ManyRevoked(RevocationList.MaxSize), bytes => RevocationList.Parse(bytes)),
        ["collateral nested to the end"] = (() => Encoding.UTF8.GetBytes(Repeat("[", 1 << 20)), bytes => DcapCollateral.ParseJson(bytes)),
        ["collateral of many members"] = (() => Encoding.UTF8.GetBytes("{" + string.Join(',', Enumerable.Range(0, 100_000).Select(number => $"\"{number}\":0")) + "}"), bytes => DcapCollateral.ParseJson(bytes)),
        ["collateral of escapes"] = (() => Encoding.UTF8.GetBytes($$"""{"tcb_info":"{{Repeat("\\u0041", 1 << 20)}}"}"""), bytes => DcapCollateral.ParseJson(bytes)),
        ["TCB info of many levels"] = (() => Encoding.UTF8.GetBytes($$"""{"tcbLevels":[{{Repeat("{},", 3 * 4095)}}{}]}"""), bytes => TcbInfo.Parse(bytes)),
        ["boot log of the smallest events"] = (() => EventLogForge.Log([.. Enumerable.Repeat((1, 13u, ""), CcEventLog.MaxEvents)]), bytes => CcEventLog.Parse(bytes)),
    };

    public static TheoryData<string> Cases() => [.. Inputs.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Hostile_evidence_of_the_largest_size_is_judged_in_bounded_memory(string name)
    {
        var (make, read) = Inputs[name];
        var input = make();
        // The first round makes what is made once for all.
        Allocated(input, read);
        var multiple = name.StartsWith("manifest", StringComparison.Ordinal) ? ManifestMultiple : Multiple;
        Allocated(input, read).ShouldBeLessThan(((long)multiple * input.Length) + Constant);
    }

    private static long Allocated(byte[] input, Action<byte[]> read)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            read(input);
        }
        catch (AttestationException)
        {
            // Refused, as most of them are.
        }
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static void Judge(byte[] quote)
    {
        DcapPlatform.TryRead(quote, Tee.Anchor, out _, out _);
        QuoteVerifier.Verify(quote, SimulatedScene.Key, Collateral, QuoteRequirements.Default, SimulatedScene.Start.AddDays(1));
    }

    private static void Parse(byte[] certificate) => AttestedCertificate.Parse(certificate);

    private static void JudgeSnp(byte[] evidence) => new SnpVerifier(new SnpEndorsements(), new SnpRequirements()).Verify(evidence, SnpForge.ReportData, SnpForge.Now);

    private static void JudgeGpu(byte[] report) => GpuReport.Parse(report);

    private static byte[] WithSize(uint size)
    {
        var quote = Padded(Tee.CreateQuote(new SimulatedGuest(), SimulatedScene.Key));
        BinaryPrimitives.WriteUInt32LittleEndian(quote.AsSpan(new SimulatedScene().SignatureLengthAt), size);
        return quote;
    }

    private static byte[] WithChain(string chain) => Tee.CreateQuote(new SimulatedGuest(), new byte[64], chain);

    private static byte[] Padded(byte[] bytes) => [.. bytes, .. new byte[Quote.MaxSize - bytes.Length]];

    /// <summary>This text again and again, up to a size.</summary>
    private static string Repeat(string text, int size) => string.Concat(Enumerable.Repeat(text, size / text.Length));

    private static string Pem(byte[] der) => new string(PemEncoding.Write("CERTIFICATE", der)) + "\n";

    /// <summary>SEQUENCEs in SEQUENCEs.</summary>
    private static byte[] Nested(int size)
    {
        var bytes = new byte[size];
        for (var at = 0; size - at >= 4; at += 4)
        {
            bytes[at] = 0x30;
            bytes[at + 1] = 0x82;
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(at + 2), (ushort)(size - at - 4));
        }
        return bytes;
    }

    private static CertificateForge ManyExtensions(int count)
    {
        var forge = new CertificateForge();
        for (var number = 0; number < count; number++) forge.With($"1.2.{number}", false, []);
        return forge;
    }

    private static byte[] Names(int count) => Sequence(writer =>
    {
        for (var number = 0; number < count; number++) writer.WriteCharacterString(UniversalTagNumber.IA5String, "", new Asn1Tag(TagClass.ContextSpecific, 2));
    });

    private static byte[] Usages(int count) => Sequence(writer =>
    {
        for (var number = 0; number < count / 2; number++) writer.WriteObjectIdentifier("1.2");
    });

    private static byte[] Sequence(Action<AsnWriter> write)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence()) write(writer);
        return writer.Encode();
    }

    private static byte[] SnpWith(IEnumerable<byte[]> certificates)
    {
        ReadOnlyMemory<byte>[] all = [.. certificates.Select(der => (ReadOnlyMemory<byte>)der)];
        return SnpEvidence.Create(new SnpForge().Make().Report.Raw.Span, all[0], [.. all[1..]]).ToBytes();
    }

    private static int OpaqueSize(byte[] body) => body.Length - 2 - LastOpaque(body);

    // The forge's opaque fields begin with the driver's version, type 3 of 10 bytes.
    private static int LastOpaque(byte[] body) => body.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[3, 0, 10, 0]) - 2;

    private static byte[] Fields(int count)
    {
        var fields = new byte[count * 4];
        for (var number = 0; number < count; number++) BinaryPrimitives.WriteUInt16LittleEndian(fields.AsSpan(number * 4), (ushort)number);
        return fields;
    }

    private static string ManyResources(int size)
    {
        const string Start = "<SoftwareIdentity xmlns=\"http://standards.iso.org/iso/19770/-2/2015/schema.xsd\"><Meta colloquialVersion=\"1\" product=\"1\"/><Payload>";
        const string End = "</Payload></SoftwareIdentity>";
        return Start + Repeat("<a/>", size - Start.Length - End.Length) + End;
    }

    private static string ManyAttributes(int count) =>
        "<SoftwareIdentity " + string.Join(' ', Enumerable.Range(0, count).Select(number => $"a{number}=\"\"")) + "/>";

    private static byte[] ManyRevoked(int size)
    {
        return Sequence(list =>
        {
            using (list.PushSequence())
            {
                list.WriteInteger(1);
                Algorithm(list);
                using (list.PushSequence())
                {
                }
                list.WriteUtcTime(SimulatedScene.Start);
                list.WriteUtcTime(SimulatedScene.Start.AddDays(1));
                using (list.PushSequence())
                {
                    // An entry is a number of three bytes and a time of fifteen.
                    for (var number = 0; number < (size - 200) / 24; number++)
                    {
                        using (list.PushSequence())
                        {
                            list.WriteInteger(number + 0x10000);
                            list.WriteUtcTime(SimulatedScene.Start);
                        }
                    }
                }
            }
            Algorithm(list);
            list.WriteBitString(new byte[8]);
        });

        static void Algorithm(AsnWriter writer)
        {
            using (writer.PushSequence()) writer.WriteObjectIdentifier("1.2.840.10045.4.3.2");
        }
    }
}
