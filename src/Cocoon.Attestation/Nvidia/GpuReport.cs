using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace Cocoon.Attestation.Nvidia;

/// <summary>
/// An NVIDIA GPU's attestation report: the request GET_MEASUREMENTS and the signed response MEASUREMENTS of SPDM 1.1 (DMTF DSP0274 §10.11)
/// one after the other. Reading one checks its form only; <see cref="GpuVerifier"/> says whether to believe it.
/// </summary>
public sealed class GpuReport
{
    /// <summary>The largest report that is read, in bytes.</summary>
    public const int MaxSize = 64 * 1024;

    /// <summary>The size of the request in bytes.</summary>
    public const int RequestSize = 37;

    /// <summary>The size of the nonce in bytes.</summary>
    public const int NonceSize = 32;

    internal const int NonceOffset = 4;

    internal const int SignatureSize = 96;

    private const byte SpdmVersion = 0x11;
    private const byte GetMeasurements = 0xe0;
    private const byte Measured = 0x60;
    private const byte AllMeasurements = 0xff;
    private const int ResponseHeaderSize = 8;
    private const int BlockHeaderSize = 4;
    private const int MeasurementHeaderSize = 3;

    private readonly ReadOnlyMemory<byte> _raw;
    private readonly Dictionary<ushort, ReadOnlyMemory<byte>> _fields = [];

    private GpuReport(ReadOnlyMemory<byte> raw)
    {
        _raw = raw;
        if (raw.Length is < RequestSize + ResponseHeaderSize or > MaxSize)
            throw new AttestationException($"A GPU report of {raw.Length} bytes was found, wanted {RequestSize + ResponseHeaderSize} to {MaxSize}.");
        var request = raw.Span[..RequestSize];
        if (request[0] != SpdmVersion || request[1] != GetMeasurements || (request[2] & 1) == 0 || request[3] != AllMeasurements)
            throw new AttestationException($"The request begins with {Convert.ToHexStringLower(request[..4])}, wanted a signed SPDM 1.1 GET_MEASUREMENTS of everything, 11e001ff.");
        Nonce = raw.Slice(NonceOffset, NonceSize);

        var reader = new Reader(raw[RequestSize..]);
        var header = reader.Read(ResponseHeaderSize).Span;
        if (header[0] != SpdmVersion || header[1] != Measured)
            throw new AttestationException($"The response begins with {Convert.ToHexStringLower(header[..2])}, wanted SPDM 1.1 MEASUREMENTS, 1160.");
        Measurements = ReadMeasurements(header[4], new Reader(reader.Read(header[5] | header[6] << 8 | header[7] << 16)));
        reader.Read(NonceSize);
        ReadFields(new Reader(reader.Read(reader.ReadUInt16())));
        Signature = reader.Read(SignatureSize);
        if (!reader.IsEmpty) throw new AttestationException("Bytes follow the signature of the GPU report.");
    }

    /// <summary>The nonce of the request, 32 bytes.</summary>
    public ReadOnlyMemory<byte> Nonce { get; }

    /// <summary>What was measured, by the index that reference manifests use, which counts from 0 (SPDM's counts from 1).</summary>
    public ImmutableSortedDictionary<int, ReadOnlyMemory<byte>> Measurements { get; }

    /// <summary>The driver's version, such as "550.90.07"; empty when the report has none.</summary>
    public string DriverVersion => Text(3);

    /// <summary>The version of the GPU's firmware, such as "96.00.9F.00.01"; empty when the report has none.</summary>
    public string VbiosVersion
    {
        get
        {
            // Eight bytes, little endian: the lower four are the first four parts, the fifth byte is the last part.
            var raw = _fields.GetValueOrDefault((ushort)6).Span;
            return raw.Length == 8 ? $"{raw[3]:X2}.{raw[2]:X2}.{raw[1]:X2}.{raw[0]:X2}.{raw[4]:X2}" : "";
        }
    }

    /// <summary>The board's project, by which NVIDIA names its firmware's manifest; empty when the report has none.</summary>
    public string Project => Text(17);

    /// <summary>The variant of the project; empty when the report has none.</summary>
    public string ProjectSku => Text(18);

    /// <summary>The variant of the chip; empty when the report has none.</summary>
    public string ChipSku => Text(15);

    /// <summary>The chip, such as "GB100"; empty in the reports of Hopper, which do not name it.</summary>
    public string Chip => Text(35);

    /// <summary>The name under which NVIDIA publishes the manifest of this driver, which differs by generation.</summary>
    public string DriverManifestName => Chip is "" or "GH100" ? $"NV_GPU_DRIVER_GH100_{DriverVersion}" : $"NV_GPU_CC_DRIVER_{Chip}_{DriverVersion}";

    /// <summary>The name under which NVIDIA publishes the manifest of this firmware.</summary>
    public string VbiosManifestName =>
        $"NV_GPU_VBIOS_{Project}_{ProjectSku}_{ChipSku}_{VbiosVersion.Replace(".", "", StringComparison.Ordinal)}".ToUpperInvariant();

    /// <summary>The hash of the firmware that the device key belongs to, 48 bytes; empty in older reports.</summary>
    public ReadOnlyMemory<byte> FirmwareId => _fields.GetValueOrDefault((ushort)20);

    /// <summary>Whether the video decoder is switched off, which leaves its measurement without a meaning.</summary>
    public bool IsVideoDecoderOff => _fields.GetValueOrDefault((ushort)11).Span is [0x55];

    /// <summary>The report as it came.</summary>
    public ReadOnlyMemory<byte> Raw => _raw;

    internal ReadOnlySpan<byte> SignedPart => _raw.Span[..^SignatureSize];

    internal ReadOnlyMemory<byte> Signature { get; }

    /// <summary>Reads a report.</summary>
    /// <exception cref="AttestationException">It is malformed; the message says where.</exception>
    public static GpuReport Parse(ReadOnlyMemory<byte> bytes) => new(bytes);

    private static ImmutableSortedDictionary<int, ReadOnlyMemory<byte>> ReadMeasurements(int count, Reader record)
    {
        var measurements = ImmutableSortedDictionary.CreateBuilder<int, ReadOnlyMemory<byte>>();
        for (var number = 0; number < count; number++)
        {
            var header = record.Read(BlockHeaderSize).Span;
            int index = header[0];
            if (index == 0) throw new AttestationException("The GPU report has a measurement with the index 0, wanted 1 to 255.");
            if (header[1] != 1) throw new AttestationException($"The GPU report's measurement {index} has the specification {header[1]}, wanted 1 (DMTF).");
            int size = BinaryPrimitives.ReadUInt16LittleEndian(header[2..]);
            var block = record.Read(size);
            if (size < MeasurementHeaderSize || BinaryPrimitives.ReadUInt16LittleEndian(block.Span[1..]) != size - MeasurementHeaderSize)
                throw new AttestationException($"The GPU report's measurement {index} does not fill its block of {size} bytes.");
            if (!measurements.TryAdd(index - 1, block[MeasurementHeaderSize..])) throw new AttestationException($"The GPU report has the measurement {index} twice.");
        }
        return count > 0 && record.IsEmpty
            ? measurements.ToImmutable()
            : throw new AttestationException($"The GPU report's {count} measurements do not fill their record.");
    }

    // NVIDIA's use of the opaque data: fields of a type, a size and a value. Types that have no name yet are left aside.
    private void ReadFields(Reader opaque)
    {
        while (!opaque.IsEmpty)
        {
            var type = opaque.ReadUInt16();
            if (!_fields.TryAdd(type, opaque.Read(opaque.ReadUInt16()))) throw new AttestationException($"The GPU report has the field {type} twice.");
        }
    }

    private string Text(ushort type)
    {
        var value = _fields.GetValueOrDefault(type).Span;
        var end = value.IndexOf((byte)0);
        if (end >= 0) value = value[..end];
        return string.Concat(Encoding.Latin1.GetString(value).Trim().Select(character => character is > ' ' and < '\u007f' ? character : '?'));
    }

    private sealed class Reader(ReadOnlyMemory<byte> bytes)
    {
        private ReadOnlyMemory<byte> _rest = bytes;

        public bool IsEmpty => _rest.IsEmpty;

        public ReadOnlyMemory<byte> Read(int size)
        {
            if (size > _rest.Length) throw new AttestationException($"The GPU report has a part of {size} bytes where {_rest.Length} are left.");
            var part = _rest[..size];
            _rest = _rest[size..];
            return part;
        }

        public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Read(2).Span);
    }
}
