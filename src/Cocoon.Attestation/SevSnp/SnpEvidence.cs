using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Cocoon.Attestation.Chains;

namespace Cocoon.Attestation.SevSnp;

/// <summary>
/// A report and the certificates that came with it: the report, then the table that a host hands its guests (GHCB specification, extended
/// guest request): entries of a GUID, an offset and a length, an entry of zeros, then the certificates. This is also the quote in a Cocoon
/// certificate.
/// </summary>
public sealed class SnpEvidence
{
    /// <summary>The most certificates that a table may have.</summary>
    public const int MaxCertificates = 8;

    private const int EntrySize = 24;
    private static readonly Guid VcekId = new("63da758d-e664-4564-adc5-f4b93be8accd");
    private static readonly Guid VlekId = new("a8074bc2-a25a-483e-aae6-39c045a0b8a1");
    private static readonly Guid AskId = new("4ab7b379-bbac-4fe4-a02f-05aef327c782");
    private static readonly Guid ArkId = new("c0b406a4-a803-4952-9743-3fb6014cd0ae");

    private SnpEvidence(SnpReport report) => Report = report;

    /// <summary>The report.</summary>
    public SnpReport Report { get; }

    /// <summary>The certificate of the key that signed the report, in DER; empty when none came along.</summary>
    public ReadOnlyMemory<byte> EndorsementKey { get; private init; }

    /// <summary>The certificates above it that came along, in DER, the nearest first.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Authorities { get; private init; } = [];

    // Reports of version 2 do not name their chip. The certificate does, and is held to the root of the product line it names.
    internal string ProductName => Report.Version >= 3 ? Report.Processor
        : EndorsementKey.IsEmpty ? "a report that names no chip, and no certificate"
        : SnpKeyExtensions.FindProductName(ChainCertificate.Parse(EndorsementKey)) ?? "a certificate without a product name";

    /// <summary>Puts evidence together.</summary>
    /// <param name="report">The report, <see cref="SnpReport.Size"/> bytes.</param>
    /// <param name="endorsementKey">The certificate of the VCEK or VLEK that signed it, in DER; empty when there is none.</param>
    /// <param name="authorities">The certificates above it, in DER, the nearest first.</param>
    /// <exception cref="AttestationException">The report is malformed.</exception>
    public static SnpEvidence Create(
        ReadOnlySpan<byte> report, ReadOnlyMemory<byte> endorsementKey, ImmutableArray<ReadOnlyMemory<byte>> authorities = default) =>
        new(SnpReport.Parse(report)) { EndorsementKey = endorsementKey, Authorities = authorities.IsDefault ? [] : authorities };

    /// <summary>The product line that the evidence says it is of; null for one that is not known here.</summary>
    /// <exception cref="AttestationException">It takes the certificate to tell, which is malformed.</exception>
    internal SnpProduct? FindProduct() => Report.Version >= 3 ? Report.Product : SnpKeyExtensions.FindProduct(ProductName);

    /// <summary>
    /// The same report with certificates that were fetched besides: one that is no authority's takes the place of the endorsement key's when
    /// none came along, authorities follow on those that did.
    /// </summary>
    /// <exception cref="AttestationException">A certificate is malformed, or the evidence would have two of an endorsement key.</exception>
    public SnpEvidence With(IEnumerable<ReadOnlyMemory<byte>> certificates)
    {
        var given = certificates.Select(ChainCertificate.Parse).ToLookup(certificate => certificate.IsAuthority, certificate => certificate.Der);
        ReadOnlyMemory<byte>[] keys = [.. given[false]];
        if (keys.Length > (EndorsementKey.IsEmpty ? 1 : 0))
            throw new AttestationException($"{keys.Length} certificates of endorsement keys were given, wanted one, and none where the evidence brings its own.");
        return new SnpEvidence(Report) { EndorsementKey = keys is [var key] ? key : EndorsementKey, Authorities = [.. Authorities, .. given[true]] };
    }

    /// <summary>Reads a report and the table after it, which may be missing.</summary>
    /// <exception cref="AttestationException">
    /// The report or the table is malformed: an entry points outside the table, into its header or into another certificate, or bytes
    /// belong to nothing.
    /// </exception>
    public static SnpEvidence Parse(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length < SnpReport.Size)
            throw new AttestationException($"Evidence of {bytes.Length} bytes was found, wanted a report of {SnpReport.Size} bytes and a table of certificates.");
        var report = SnpReport.Parse(bytes.Span[..SnpReport.Size]);
        var table = bytes[SnpReport.Size..];
        var entries = ReadTable(table);
        ReadOnlyMemory<byte> Find(Guid id) => entries.FirstOrDefault(entry => entry.Id == id).Certificate;
        ReadOnlyMemory<byte>[] authorities = [Find(AskId), Find(ArkId)];
        return new SnpEvidence(report)
        {
            EndorsementKey = Find(report.SigningKey == SnpSigningKey.Vlek ? VlekId : VcekId),
            Authorities = [.. authorities.Where(certificate => !certificate.IsEmpty)],
        };
    }

    /// <summary>The report and its certificates as <see cref="Parse"/> reads them: the table has places for two authorities, AMD's ASK and ARK.</summary>
    public byte[] ToBytes()
    {
        var entries = new List<(Guid Id, ReadOnlyMemory<byte> Certificate)>();
        if (!EndorsementKey.IsEmpty) entries.Add((Report.SigningKey == SnpSigningKey.Vlek ? VlekId : VcekId, EndorsementKey));
        if (Authorities.Length > 0) entries.Add((AskId, Authorities[0]));
        if (Authorities.Length > 1) entries.Add((ArkId, Authorities[1]));
        if (entries.Count == 0) return Report.Raw.ToArray();

        var headerSize = (entries.Count + 1) * EntrySize;
        var bytes = new byte[SnpReport.Size + headerSize + entries.Sum(entry => entry.Certificate.Length)];
        Report.Raw.Span.CopyTo(bytes);
        var table = bytes.AsSpan(SnpReport.Size);
        var offset = headerSize;
        for (var index = 0; index < entries.Count; index++)
        {
            var (id, certificate) = entries[index];
            var entry = table[(index * EntrySize)..];
            id.TryWriteBytes(entry, bigEndian: true, out _);
            BinaryPrimitives.WriteInt32LittleEndian(entry[16..], offset);
            BinaryPrimitives.WriteInt32LittleEndian(entry[20..], certificate.Length);
            certificate.Span.CopyTo(table[offset..]);
            offset += certificate.Length;
        }
        return bytes;
    }

    private static List<(Guid Id, ReadOnlyMemory<byte> Certificate)> ReadTable(ReadOnlyMemory<byte> table)
    {
        var headers = new List<(Guid Id, uint Offset, uint Length)>();
        if (table.IsEmpty) return [];
        for (var position = 0; ; position += EntrySize)
        {
            if (table.Length - position < EntrySize) throw new AttestationException("The table of certificates ends before the entry of zeros that closes it.");
            var entry = table.Span.Slice(position, EntrySize);
            if (entry.IndexOfAnyExcept((byte)0) < 0) break;
            if (headers.Count == MaxCertificates) throw new AttestationException($"The table has more than {MaxCertificates} certificates.");
            headers.Add((
                new Guid(entry[..16], bigEndian: true), BinaryPrimitives.ReadUInt32LittleEndian(entry[16..]), BinaryPrimitives.ReadUInt32LittleEndian(entry[20..])));
        }

        var end = (ulong)(headers.Count + 1) * EntrySize;
        var entries = new List<(Guid, ReadOnlyMemory<byte>)>();
        foreach (var (id, offset, length) in headers.OrderBy(header => header.Offset))
        {
            if (offset < end || (ulong)offset + length > (ulong)table.Length)
                throw new AttestationException($"The table's certificate {id} lies at {offset} with {length} bytes, which overlaps another part or leaves the table of {table.Length}.");
            if (entries.Any(entry => entry.Item1 == id)) throw new AttestationException($"The table has the certificate {id} twice.");
            entries.Add((id, Unwrap(table.Slice((int)offset, (int)length))));
            end = (ulong)offset + length;
        }
        // Hosts give whole pages; what is left of the last one is zero.
        if (table.Span[(int)end..].IndexOfAnyExcept((byte)0) >= 0)
            throw new AttestationException($"After the last certificate, {table.Length - (int)end} bytes of the table belong to nothing.");
        return entries;
    }

    // Hosts are told to give DER; some were given AMD's PEM files.
    private static ReadOnlyMemory<byte> Unwrap(ReadOnlyMemory<byte> certificate)
    {
        if (!certificate.Span.StartsWith("-----BEGIN"u8)) return certificate;
        var text = Encoding.ASCII.GetString(certificate.Span);
        return PemEncoding.TryFind(text, out var fields) && text[fields.Label] == "CERTIFICATE"
            ? Convert.FromBase64String(text[fields.Base64Data])
            : throw new AttestationException("A certificate of the table begins as PEM and is not.");
    }
}
