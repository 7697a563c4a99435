using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Tl;
using Cocoon.Testing;
using Cocoon.Testing.Tl;

namespace Cocoon.Fuzz;

/// <summary>Decides what is sent next.</summary>
internal sealed class Mutator(SeededRandom random, IReadOnlyList<Sample> samples)
{
    private const int MaxKept = 256;
    private const int LongestKept = 1024;

    private readonly TlSampler _sampler = new(random, 64);
    private readonly List<Sample> _kept = [];

    /// <summary>Keeps what made something new happen, to go on from there.</summary>
    public void Keep(Sample sample)
    {
        if (sample.Data.Length > LongestKept) return;
        if (_kept.Count < MaxKept) _kept.Add(sample);
        else _kept[random.Next(MaxKept)] = sample;
    }

    /// <summary>A message, changed or not.</summary>
    public Sample NextSample()
    {
        var sample = Pick();
        switch (random.Next(10))
        {
            case 0 or 1:
                return sample;
            case 2 or 3 or 4:
                return sample with { Data = ChangeField(sample.Data) };
            case 5:
                return sample with { Kind = (PacketKind)random.Next(3) };
            case 6:
                return new Sample((PacketKind)random.Next(3), TlOracle.Encode(_sampler.Next(random.Pick(TlSchema.Declarations))));
            default:
                var data = sample.Data;
                for (var changes = random.Next(3); changes >= 0; changes--) data = TlMutations.Next(random, data, Pick().Data);
                return sample with { Data = data };
        }
    }

    /// <summary>Sends a sample, mostly as it should be sent.</summary>
    public async Task SendAsync(HostileLink link, Sample sample)
    {
        var body = link.Wrap(sample, strayAnswer: random.Next(16) == 0);
        switch (random.Next(100))
        {
            case 0:
                await link.SendAsync(TlMutations.Next(random, body, Pick().Data));
                break;
            case 1:
                await link.SendAsync(body, lie: random.Pick((int[])[1, -1, 4, 100, -body.Length, 1 << 24, int.MaxValue - body.Length, int.MinValue]));
                break;
            case 2:
                await link.SendAsync(body, skip: random.Pick((int[])[1, -1, 2, int.MaxValue, int.MinValue]));
                break;
            case 3:
                await link.SendAsync(body, cut: random.Next(body.Length + 8));
                break;
            case 4 or 5:
                await link.SendAsync(body);
                await link.SendAsync(body);
                break;
            case 6:
                await link.SendAsync(Odd());
                break;
            default:
                await link.SendAsync(body);
                break;
        }
    }

    private Sample Pick() => _kept.Count > 0 && random.Next(3) == 0 ? random.Pick(_kept) : random.Pick(samples);

    private byte[] Odd() => TlSerializer.Serialize(random.Next(7) switch
    {
        0 => new TcpPing((long)random.Bits()),
        1 => new TcpPong((long)random.Bits()),
        2 => new TcpConnect(1),
        3 => new TcpConnected(1),
        4 => new TcpQueryAnswer((long)random.Bits(), random.Bytes(random.Next(40))),
        5 => new TcpQueryError(random.Next(3), random.Next(700), new string('x', random.Next(900))),
        _ => new TcpPacket(random.Bytes(random.Next(2000))),
    });

    /// <summary>Gives one field another value and leaves the rest well-formed.</summary>
    private byte[] ChangeField(byte[] data)
    {
        if (TlOracle.Decode(data) is not { } value) return TlMutations.Next(random, data, data);
        return TlOracle.Encode(Change(value));
    }

    private TlValue Change(TlValue value)
    {
        if (value.Fields.Count == 0) return value;
        var fields = value.Fields.ToArray();
        var at = random.Next(fields.Length);
        fields[at] = fields[at] is TlValue inner && random.Next(4) > 0 ? Change(inner) : _sampler.Next(value.Declaration).Fields[at];
        return value with { Fields = fields };
    }
}
