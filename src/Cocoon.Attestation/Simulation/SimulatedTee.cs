using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Cocoon.Attestation.Chains;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.Quotes;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Simulation;

/// <summary>
/// A TDX platform without hardware: its quotes and its collateral are, byte for byte, of the real form, under a root of its own. The verifier
/// of real quotes verifies them when it is given that root's <see cref="TrustAnchor"/>. They prove nothing: the root's key follows from the seed.
/// Used by several callers at once.
/// </summary>
public sealed class SimulatedTee : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SimulatedHierarchy _hierarchy;
    private readonly SimulatedKey _attestationKey;
    private readonly byte[] _certification;

    /// <summary>Starts a platform.</summary>
    public SimulatedTee(SimulatedPlatform platform)
    {
        ArgumentNullException.ThrowIfNull(platform);
        Platform = platform;
        _hierarchy = new SimulatedHierarchy(platform);
        _attestationKey = new SimulatedKey(platform.Seed, "attestation");
        _certification = WriteCertification(_hierarchy.PckChain);
        Collateral = CreateCollateral();
    }

    /// <summary>What is simulated.</summary>
    public SimulatedPlatform Platform { get; }

    /// <summary>The root that stands behind its quotes and its collateral.</summary>
    public TrustAnchor Anchor => _hierarchy.Anchor;

    /// <summary>What would be published about the platform.</summary>
    public DcapCollateral Collateral { get; }

    /// <summary>The PCK's certificate chain as it is in the quotes, PEM.</summary>
    internal string PckChain => _hierarchy.PckChain;

    /// <summary>Makes a quote that vouches for a key: its report data is the SHA-512 of it.</summary>
    /// <exception cref="ArgumentException">The guest cannot be: see <see cref="SimulatedGuest"/>.</exception>
    public byte[] CreateQuote(SimulatedGuest guest, Ed25519PublicKey key) => CreateQuote(guest, TeeMeasurements.ReportDataOf(key));

    /// <summary>Makes a quote with this report data, 64 bytes.</summary>
    /// <exception cref="ArgumentException">The guest cannot be: see <see cref="SimulatedGuest"/>; or the report data has another size.</exception>
    public byte[] CreateQuote(SimulatedGuest guest, ReadOnlySpan<byte> reportData) => CreateQuote(guest, reportData, _certification);

    /// <summary>Makes a quote with another certificate chain in it.</summary>
    internal byte[] CreateQuote(SimulatedGuest guest, ReadOnlySpan<byte> reportData, string pckChain) =>
        CreateQuote(guest, reportData, WriteCertification(pckChain));

    /// <inheritdoc/>
    public void Dispose()
    {
        _hierarchy.Dispose();
        _attestationKey.Dispose();
    }

    private byte[] CreateQuote(SimulatedGuest guest, ReadOnlySpan<byte> reportData, byte[] certification)
    {
        ArgumentNullException.ThrowIfNull(guest);
        var report = WriteReport(guest, reportData);
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write((ushort)guest.QuoteVersion);
        writer.Write((ushort)2); // ECDSA over P-256
        writer.Write(0x81u);     // TDX
        writer.Write(0u);
        writer.Write(QuoteVerifier.IntelQe);
        writer.Write(new byte[20]);
        if (guest.QuoteVersion == 5)
        {
            writer.Write((ushort)guest.BodyKind);
            writer.Write((uint)report.Length);
        }
        writer.Write(report);
        var signature = Sign(_attestationKey, stream.ToArray());
        writer.Write((uint)(signature.Length + 64 + certification.Length));
        writer.Write(signature);
        writer.Write(_attestationKey.Point);
        writer.Write(certification);
        return stream.ToArray();
    }

    private static byte[] WriteReport(SimulatedGuest guest, ReadOnlySpan<byte> reportData)
    {
        if ((guest.QuoteVersion, guest.BodyKind) is not ((4, QuoteBodyKind.Td10) or (5, QuoteBodyKind.Td10 or QuoteBodyKind.Td15)))
            throw new ArgumentException($"There are no quotes of version {guest.QuoteVersion} with {guest.BodyKind}.", nameof(guest));
        if (guest.Measurements.Kind != TeeMeasurementKind.Tdx) throw new ArgumentException("A guest has TDX measurements.", nameof(guest));
        if (reportData.Length != TeeMeasurements.ReportDataSize)
            throw new ArgumentException($"Report data has {TeeMeasurements.ReportDataSize} bytes, found {reportData.Length}.", nameof(reportData));

        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(guest.TeeTcbSvn.AsSpan());
        writer.Write(guest.MrSeam.ToArray());
        writer.Write(guest.MrSignerSeam.ToArray());
        writer.Write(guest.SeamAttributes);
        writer.Write((ulong)guest.Attributes);
        writer.Write(guest.Xfam);
        writer.Write(guest.Measurements.Packed.Span);
        writer.Write(reportData);
        if (guest.BodyKind == QuoteBodyKind.Td15)
        {
            writer.Write(guest.TeeTcbSvn2.AsSpan());
            writer.Write(new byte[TdReport.MeasurementSize]);
        }
        return stream.ToArray();
    }

    /// <summary>Everything after the attestation key: the quoting enclave's report, its signature, and the PCK's certificates.</summary>
    private byte[] WriteCertification(string pckChain)
    {
        byte[] authenticationData = [.. Enumerable.Range(0, 32).Select(value => (byte)value)];
        var report = WriteQeReport(authenticationData);
        var chain = Encoding.ASCII.GetBytes(pckChain);
        using var inner = new MemoryStream();
        using var writer = new BinaryWriter(inner);
        writer.Write(report);
        writer.Write(Sign(_hierarchy.Pck, report));
        writer.Write((ushort)authenticationData.Length);
        writer.Write(authenticationData);
        writer.Write((ushort)5); // PEM chain
        writer.Write((uint)chain.Length);
        writer.Write(chain);

        var outer = new byte[sizeof(ushort) + sizeof(uint) + inner.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(outer, 6); // QE report certification data
        BinaryPrimitives.WriteUInt32LittleEndian(outer.AsSpan(sizeof(ushort)), (uint)inner.Length);
        inner.ToArray().CopyTo(outer, sizeof(ushort) + sizeof(uint));
        return outer;
    }

    private byte[] WriteQeReport(byte[] authenticationData)
    {
        var report = new byte[EnclaveReport.Size];
        Platform.Components.CopyTo(report);
        SimulatedCollateral.QeAttributes.CopyTo(report.AsSpan(48));
        Platform.QeMrSigner.CopyTo(report, 128);
        BinaryPrimitives.WriteUInt16LittleEndian(report.AsSpan(256), (ushort)Platform.QeIsvProdId);
        BinaryPrimitives.WriteUInt16LittleEndian(report.AsSpan(258), (ushort)Platform.QeIsvSvn);
        SHA256.HashData([.. _attestationKey.Point, .. authenticationData]).CopyTo(report, 320);
        return report;
    }

    private DcapCollateral CreateCollateral()
    {
        var tcbInfo = SimulatedCollateral.WriteTcbInfo(Platform);
        var qeIdentity = SimulatedCollateral.WriteQeIdentity(Platform);
        return new DcapCollateral
        {
            TcbInfo = tcbInfo,
            TcbInfoSignature = Sign(_hierarchy.Signer, tcbInfo),
            TcbInfoIssuerChain = _hierarchy.SignerChain,
            QeIdentity = qeIdentity,
            QeIdentitySignature = Sign(_hierarchy.Signer, qeIdentity),
            QeIdentityIssuerChain = _hierarchy.SignerChain,
            PckCrl = _hierarchy.PckCrl(),
            PckCrlIssuerChain = _hierarchy.AuthorityChain,
            RootCaCrl = _hierarchy.RootCrl(),
        };
    }

    /// <summary>Signs with a key; the framework's keys are not made for several callers at once.</summary>
    private byte[] Sign(SimulatedKey key, ReadOnlySpan<byte> data)
    {
        lock (_lock) return key.Sign(data);
    }
}
