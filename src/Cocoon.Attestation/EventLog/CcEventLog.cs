using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Cocoon.Attestation.Verification;

namespace Cocoon.Attestation.EventLog;

/// <summary>
/// The boot log of a confidential guest in TCG's crypto-agile form (TCG PC client platform firmware profile §10): what was measured into
/// the run-time registers, in order. The host keeps it, so it proves nothing by itself; it explains registers that a quote vouches for.
/// </summary>
public sealed class CcEventLog
{
    /// <summary>The largest log that is read, in bytes.</summary>
    public const int MaxSize = 4 * 1024 * 1024;

    /// <summary>The most events that are read.</summary>
    public const int MaxEvents = 16 * 1024;

    /// <summary>How many run-time registers there are: RTMR0 to RTMR3.</summary>
    public const int RegisterCount = 4;

    private const int DigestSize = 48;
    private const ushort Sha384 = 0x0c;
    private const int MaxAlgorithms = 8;

    private static readonly string[] RegisterContents =
        ["the firmware's configuration", "the boot loader and what the firmware started", "the boot loader's commands, kernel and command line", "what the running system measured"];

    private CcEventLog(ImmutableArray<CcEvent> events) => Events = events;

    /// <summary>The events in the order in which they were measured.</summary>
    public ImmutableArray<CcEvent> Events { get; }

    /// <summary>Reads a log; the part of its area that was never written (ones or zeros) is left out.</summary>
    /// <exception cref="AttestationException">It is too large, malformed, without SHA-384 digests, or followed by anything else.</exception>
    public static CcEventLog Parse(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > MaxSize) throw new AttestationException($"A boot log of {bytes.Length} bytes was found, wanted at most {MaxSize}.");
        var reader = new LogReader(bytes);
        var sizes = ReadHeader(ref reader);
        var events = ImmutableArray.CreateBuilder<CcEvent>();
        while (!reader.IsAtEnd)
        {
            if (events.Count == MaxEvents) throw new AttestationException($"The boot log has more than {MaxEvents} events.");
            events.Add(ReadEvent(ref reader, events.Count, sizes));
        }
        return new CcEventLog(events.ToImmutable());
    }

    /// <summary>What RTMR0 to RTMR3 are after these events, 48 bytes each.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Replay()
    {
        var registers = Enumerable.Range(0, RegisterCount).Select(_ => new byte[DigestSize]).ToArray();
        Span<byte> extended = stackalloc byte[2 * DigestSize];
        foreach (var measured in Events)
        {
            if (!measured.IsMeasured) continue;
            var register = registers[measured.Register - 1];
            register.CopyTo(extended);
            measured.Digest.Span.CopyTo(extended[DigestSize..]);
            SHA384.HashData(extended, register);
        }
        return [.. registers.Select(register => (ReadOnlyMemory<byte>)register)];
    }

    /// <summary>Whether these events are what a guest's registers hold.</summary>
    /// <param name="quoted">The measurements that a verified quote vouches for.</param>
    /// <exception cref="ArgumentException">They are not a TDX guest's.</exception>
    public EvidenceReport Verify(TeeMeasurements quoted)
    {
        ArgumentNullException.ThrowIfNull(quoted);
        if (quoted.Kind != TeeMeasurementKind.Tdx) throw new ArgumentException("Only TDX guests have run-time registers.", nameof(quoted));
        var checks = new CheckList();
        var replayed = Replay();
        for (var register = 0; register < RegisterCount; register++)
        {
            checks.RequireEqual(
                $"RTMR{register}", replayed[register].Span, quoted.Packed.Span.Slice((4 + register) * DigestSize, DigestSize),
                $"the log does not tell all that was measured of {RegisterContents[register]}; read it again from the guest whose quote this is");
        }
        return checks.ToReport("boot_log");
    }

    /// <summary>
    /// Explains how another boot differs from the one that is wanted: for each register, the first event at which the two part ways. Both
    /// logs have to be verified (<see cref="Verify"/>) before this means anything.
    /// </summary>
    /// <param name="reference">The log of the boot that is wanted.</param>
    public EvidenceReport CompareTo(CcEventLog reference)
    {
        ArgumentNullException.ThrowIfNull(reference);
        var checks = new CheckList();
        for (var register = 0; register < RegisterCount; register++)
        {
            var found = EventsOf(register);
            var wanted = reference.EventsOf(register);
            var same = 0;
            while (same < found.Count && same < wanted.Count && found[same].Digest.Span.SequenceEqual(wanted[same].Digest.Span)) same++;
            var passed = same == found.Count && same == wanted.Count;
            checks.Require(
                $"RTMR{register}", passed, passed ? $"{same} events" : Name(found, same), passed ? $"{same} events" : Name(wanted, same),
                $"this is where {RegisterContents[register]} first differs, after {same} events that are the same");
        }
        return checks.ToReport("boot_log");

        static string Name(List<CcEvent> events, int index) => index < events.Count ? events[index].ToString() : "no further event";
    }

    private List<CcEvent> EventsOf(int register) => [.. Events.Where(measured => measured.IsMeasured && measured.Register == register + 1)];

    // The first entry has the form of older logs and tells which digests the others carry (§10.4.5.1, Spec ID Event03).
    private static Dictionary<ushort, int> ReadHeader(ref LogReader reader)
    {
        reader.ReadUInt32();
        var type = reader.ReadUInt32();
        reader.Read(20);
        var header = new LogReader(reader.Read(reader.ReadLength()));
        if (type != CcEvent.NoAction || !header.Read(16).Span.SequenceEqual("Spec ID Event03\0"u8))
            throw new AttestationException("The boot log does not begin with TCG's \"Spec ID Event03\".");
        header.Read(8);
        var count = header.ReadUInt32();
        if (count is 0 or > MaxAlgorithms) throw new AttestationException($"The boot log has digests of {count} algorithms, wanted 1 to {MaxAlgorithms}.");
        var sizes = new Dictionary<ushort, int>();
        for (var index = 0; index < count; index++)
        {
            var algorithm = header.ReadUInt16();
            if (!sizes.TryAdd(algorithm, header.ReadUInt16())) throw new AttestationException($"The boot log names the algorithm {algorithm} twice.");
        }
        header.Read(header.ReadByte());
        if (!header.IsEmpty) throw new AttestationException("The boot log's header has bytes that belong to nothing.");
        return sizes.GetValueOrDefault(Sha384) == DigestSize ? sizes : throw new AttestationException("The boot log has no SHA-384 digests.");
    }

    private static CcEvent ReadEvent(ref LogReader reader, int index, Dictionary<ushort, int> sizes)
    {
        var register = reader.ReadUInt32();
        if (register > RegisterCount) throw new AttestationException($"Event {index} of the boot log is of register {register}, wanted 0 to {RegisterCount}.");
        var type = reader.ReadUInt32();
        var count = reader.ReadUInt32();
        if (count != sizes.Count) throw new AttestationException($"Event {index} of the boot log has {count} digests, wanted {sizes.Count}.");
        ReadOnlyMemory<byte> digest = default;
        for (var number = 0; number < count; number++)
        {
            var algorithm = reader.ReadUInt16();
            if (!sizes.TryGetValue(algorithm, out var size)) throw new AttestationException($"Event {index} of the boot log has a digest of algorithm {algorithm}.");
            var value = reader.Read(size);
            if (algorithm == Sha384) digest = value;
        }
        if (digest.IsEmpty) throw new AttestationException($"Event {index} of the boot log has no SHA-384 digest.");
        return new CcEvent(index, (int)register, type, digest, reader.Read(reader.ReadLength()));
    }

    private ref struct LogReader(ReadOnlyMemory<byte> bytes)
    {
        private ReadOnlyMemory<byte> _rest = bytes;

        public readonly bool IsEmpty => _rest.IsEmpty;

        /// <summary>Whether only the unwritten part of the area is left. An event cannot begin with eight ones or zeros.</summary>
        public readonly bool IsAtEnd
        {
            get
            {
                var rest = _rest.Span;
                if (rest.IsEmpty) return true;
                var start = rest[..Math.Min(8, rest.Length)];
                if (start[0] is not (0 or 0xff) || start.IndexOfAnyExcept(start[0]) >= 0) return false;
                return rest.IndexOfAnyExcept(start[0]) < 0 ? true : throw new AttestationException("The boot log goes on after its end.");
            }
        }

        public ReadOnlyMemory<byte> Read(int size)
        {
            if (size > _rest.Length) throw new AttestationException($"The boot log ends {size - _rest.Length} bytes too early.");
            var part = _rest[..size];
            _rest = _rest[size..];
            return part;
        }

        public byte ReadByte() => Read(1).Span[0];

        public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Read(2).Span);

        public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Read(4).Span);

        public int ReadLength()
        {
            var length = ReadUInt32();
            return length <= _rest.Length ? (int)length : throw new AttestationException($"The boot log has a part of {length} bytes where {_rest.Length} are left.");
        }
    }
}
