using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using Cocoon.Attestation.Simulation;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.PeerInfo;

/// <summary>
/// What a router tells the program behind it about a connection's peer, in a frame of its own ahead of the connection's bytes
/// (Cocoon wire protocol). It travels between two local programs only; nothing in it proves itself.
/// </summary>
public sealed record AttestedPeerInfo
{
    /// <summary>The largest body of a frame in bytes; 4 bytes of length precede it.</summary>
    public const int MaxBodySize = 16536;

    /// <summary>The size of <see cref="CollateralRootHash"/> in bytes.</summary>
    public const int CollateralRootHashSize = 48;

    private const int HeaderSize = 4;
    private const int MaxAddressSize = 64;
    private static readonly byte[] NoCollateral = new byte[CollateralRootHashSize];

    /// <summary>The peer's measurements; null for a peer without attestation.</summary>
    public TeeMeasurements? Measurements { get; init; }

    /// <summary>The report data of the peer's quote, 64 bytes; not used for a peer without attestation.</summary>
    public ReadOnlyMemory<byte> ReportData { get; init; }

    /// <summary>What identifies the root that the quote's collateral goes back to, 48 bytes; zeros unless the quote is a real one.</summary>
    public ReadOnlyMemory<byte> CollateralRootHash { get; init; } = NoCollateral;

    /// <summary>The key of the peer's certificate.</summary>
    public required Ed25519PublicKey PublicKey { get; init; }

    /// <summary>Where the connection comes from.</summary>
    public required IPEndPoint Source { get; init; }

    /// <summary>Where it goes.</summary>
    public required IPEndPoint Destination { get; init; }

    /// <summary>The image hash of the measurements; zero for a peer without attestation.</summary>
    public Bits256 ImageHash => Measurements?.ImageHash ?? Bits256.Zero;

    /// <summary>
    /// What stands behind the key: a TDX quote whose collateral has a root is a real one, unless everybody has that root's key. No role of the
    /// network runs in an enclave.
    /// </summary>
    public EvidenceKind Kind => Measurements?.Kind switch
    {
        TeeMeasurementKind.Tdx when CollateralRootHash.Span.SequenceEqual(PublicSimulation.RootKeyId.ToArray()) => EvidenceKind.SimulatedTdx,
        TeeMeasurementKind.Tdx when CollateralRootHash.Span.ContainsAnyExcept((byte)0) => EvidenceKind.Tdx,
        TeeMeasurementKind.Tdx => EvidenceKind.FakeTdx,
        _ => EvidenceKind.None,
    };

    /// <summary>The frame of a peer whose evidence was verified here.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="source">Where the connection comes from.</param>
    /// <param name="destination">Where it goes.</param>
    public static AttestedPeerInfo Of(PeerEvidence peer, IPEndPoint source, IPEndPoint destination)
    {
        ArgumentNullException.ThrowIfNull(peer);
        return new AttestedPeerInfo
        {
            Measurements = peer.Measurements,
            ReportData = peer.Measurements is null ? default : TeeMeasurements.ReportDataOf(peer.PublicKey),
            CollateralRootHash = peer.CollateralRootHash.IsEmpty ? NoCollateral : peer.CollateralRootHash,
            PublicKey = peer.PublicKey,
            Source = source,
            Destination = destination,
        };
    }

    /// <summary>The frame, its length first.</summary>
    /// <exception cref="InvalidOperationException">A property has a size that the frame has no room for.</exception>
    public byte[] ToFrame()
    {
        var body = new ArrayBufferWriter<byte>(640);
        WriteInt32(body, Measurements is null ? 0 : 1);
        if (Measurements is not null)
        {
            WriteInt32(body, (int)Measurements.Kind);
            body.Write(Measurements.Packed.Span);
            body.Write(RequireSize(ReportData, TeeMeasurements.ReportDataSize, nameof(ReportData)));
        }
        body.Write(RequireSize(CollateralRootHash, CollateralRootHashSize, nameof(CollateralRootHash)));
        WriteString(body, PublicKey.Bits.ToArray());
        WriteEndPoint(body, Source);
        WriteEndPoint(body, Destination);

        var frame = new byte[HeaderSize + body.WrittenCount];
        BinaryPrimitives.WriteInt32LittleEndian(frame, body.WrittenCount);
        body.WrittenSpan.CopyTo(frame.AsSpan(HeaderSize));
        return frame;
    }

    /// <summary>Takes one frame from the start of <paramref name="buffer"/>.</summary>
    /// <returns>False when the frame is not all there yet.</returns>
    /// <exception cref="FormatException">What is there is not such a frame.</exception>
    public static bool TryReadFrame(ref ReadOnlySequence<byte> buffer, out AttestedPeerInfo? info)
    {
        info = null;
        if (buffer.Length < HeaderSize) return false;
        Span<byte> header = stackalloc byte[HeaderSize];
        buffer.Slice(0, HeaderSize).CopyTo(header);
        var size = BinaryPrimitives.ReadUInt32LittleEndian(header);
        if (size > MaxBodySize) throw new FormatException($"A peer info frame has a body of {size} bytes, wanted at most {MaxBodySize}.");
        if (buffer.Length < HeaderSize + size) return false;
        info = Parse(buffer.Slice(HeaderSize, size).ToArray());
        buffer = buffer.Slice(HeaderSize + size);
        return true;
    }

    /// <summary>Reads the body of a frame.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static AttestedPeerInfo Parse(ReadOnlySpan<byte> body)
    {
        var reader = new Reader(body);
        TeeMeasurements? measurements = null;
        byte[] reportData = [];
        var attested = reader.Int32("has_attestation");
        if (attested is not (0 or 1)) throw new FormatException($"A peer info frame has has_attestation {attested}, wanted 0 or 1.");
        if (attested == 1)
        {
            measurements = reader.Int32("variant") switch
            {
                (int)TeeMeasurementKind.Tdx => TeeMeasurements.Tdx(reader.Bytes(TeeMeasurements.TdxSize, "measurements")),
                (int)TeeMeasurementKind.Sgx => TeeMeasurements.Sgx(reader.Bytes(TeeMeasurements.SgxSize, "measurements")),
                var variant => throw new FormatException($"A peer info frame has attestation variant {variant}, wanted 0 (TDX) or 1 (SGX)."),
            };
            reportData = reader.Bytes(TeeMeasurements.ReportDataSize, "reportdata").ToArray();
        }
        var info = new AttestedPeerInfo
        {
            Measurements = measurements,
            ReportData = reportData,
            CollateralRootHash = reader.Bytes(CollateralRootHashSize, "collateral_root_hash").ToArray(),
            PublicKey = reader.Key(),
            Source = reader.EndPoint("source"),
            Destination = reader.EndPoint("destination"),
        };
        reader.RequireEnd();
        return info;
    }

    private static ReadOnlySpan<byte> RequireSize(ReadOnlyMemory<byte> bytes, int size, string name) =>
        bytes.Length == size ? bytes.Span : throw new InvalidOperationException($"{name} has {bytes.Length} bytes, wanted {size}.");

    private static void WriteInt32(ArrayBufferWriter<byte> writer, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(writer.GetSpan(4), value);
        writer.Advance(4);
    }

    /// <summary>A TL string shorter than 254 bytes: its length in one byte, its bytes, zeros up to a multiple of 4.</summary>
    private static void WriteString(ArrayBufferWriter<byte> writer, ReadOnlySpan<byte> bytes)
    {
        var padded = PaddedSize(bytes.Length);
        var span = writer.GetSpan(padded)[..padded];
        span.Clear();
        span[0] = (byte)bytes.Length;
        bytes.CopyTo(span[1..]);
        writer.Advance(padded);
    }

    private static void WriteEndPoint(ArrayBufferWriter<byte> writer, IPEndPoint endPoint)
    {
        WriteString(writer, Encoding.ASCII.GetBytes(endPoint.Address.ToString()));
        WriteInt32(writer, endPoint.Port);
    }

    private static int PaddedSize(int length) => (1 + length + 3) & ~3;

    private ref struct Reader(ReadOnlySpan<byte> rest)
    {
        private ReadOnlySpan<byte> _rest = rest;

        public int Int32(string field) => BinaryPrimitives.ReadInt32LittleEndian(Bytes(4, field));

        public ReadOnlySpan<byte> Bytes(int count, string field)
        {
            if (_rest.Length < count)
                throw new FormatException($"A peer info frame ends within {field}: found {_rest.Length} bytes, wanted {count}.");
            var bytes = _rest[..count];
            _rest = _rest[count..];
            return bytes;
        }

        public Ed25519PublicKey Key()
        {
            var key = String(Bits256.Size, "public key");
            return key.Length == Bits256.Size
                ? new Ed25519PublicKey(new Bits256(key))
                : throw new FormatException($"A peer info frame has a public key of {key.Length} bytes, wanted {Bits256.Size}.");
        }

        public IPEndPoint EndPoint(string field)
        {
            var text = String(MaxAddressSize, $"{field} ip");
            var port = Int32($"{field} port");
            if (!IPAddress.TryParse(Encoding.Latin1.GetString(text), out var address))
                throw new FormatException($"A peer info frame has a {field} ip that is not an address.");
            return port is >= IPEndPoint.MinPort and <= IPEndPoint.MaxPort
                ? new IPEndPoint(address, port)
                : throw new FormatException($"A peer info frame has {field} port {port.ToString(CultureInfo.InvariantCulture)}, wanted 0 to 65535.");
        }

        public readonly void RequireEnd()
        {
            if (!_rest.IsEmpty) throw new FormatException($"A peer info frame has {_rest.Length} bytes after its end.");
        }

        private ReadOnlySpan<byte> String(int maxLength, string field)
        {
            var length = _rest.IsEmpty ? 0 : _rest[0];
            if (length > maxLength) throw new FormatException($"A peer info frame has a {field} of {length} bytes or more, wanted at most {maxLength}.");
            var padded = Bytes(PaddedSize(length), field);
            return padded.Slice(1, length);
        }
    }
}
