using System.IO.Pipelines;
using BenchmarkDotNet.Attributes;
using Cocoon.Cryptography;
using Cocoon.Protocol.Framing;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Tl;

namespace Cocoon.Benchmarks;

/// <summary>
/// What every hop does for every part of an answer. Expected: reading costs a fraction of writing a packet, since bytes are sliced and not
/// copied; writing straight into the pipe allocates nothing.
/// </summary>
[MemoryDiagnoser]
public class ProtocolBenchmarks
{
    private readonly ClientQueryAnswerPartEx _part = new(Bits256.Random(), new byte[200], null);
    private readonly Pipe _pipe = new();
    private byte[] _bytes = [];
    private PacketWriter _writer = null!;

    [GlobalSetup]
    public void Prepare()
    {
        _bytes = TlSerializer.Serialize(_part);
        _writer = new PacketWriter(_pipe.Writer, PacketLimits.MaxBodySize);
    }

    [Benchmark(Baseline = true)]
    public async Task WritePacket()
    {
        _writer.Write(_part);
        await _pipe.Writer.FlushAsync().ConfigureAwait(false);
        var read = await _pipe.Reader.ReadAsync().ConfigureAwait(false);
        _pipe.Reader.AdvanceTo(read.Buffer.End);
    }

    [Benchmark]
    public ITlObject ReadPart() => TlSerializer.Deserialize(_bytes);
}
