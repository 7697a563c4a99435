using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Cocoon.Protocol.Framing;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Tl;
using Cocoon.Testing;
using Cocoon.Testing.Tl;
using FsCheck;
using FsCheck.Fluent;

namespace Cocoon.Protocol.Tests.Framing;

public sealed class PacketTests
{
    [Fact]
    public Task Vector_13_4_Connect_as_the_first_packet_has_the_bytes_of_the_network() =>
        Check("0c0000000000000061427ca50100000000000000", new TcpConnect(1));

    [Fact]
    public Task Vector_13_4_Connected_as_the_first_packet_has_the_bytes_of_the_network() =>
        Check("0c00000000000000d6416d630100000000000000", new TcpConnected(1));

    [Fact]
    public async Task Vector_13_4_A_query_as_the_second_packet_has_the_bytes_of_the_network()
    {
        const string second = "5c000000010000000819f53a02000000000000004cf4a05fff0300000030555143646a343362424479654a6c66653646565370574c6673"
            + "444d70345948626d7a356c6361352d744e7a2d66783230000000b5757299010000000200000003000000000000";
        var function = new ClientConnectToProxy(new ClientParams("UQCdj43bBDyeJlfe6FVSpWLfsDMp4YHbmz5lca5-tNz-fx20", true, 1, 2), 3);
        var pipe = new Pipe();
        var writer = new PacketWriter(pipe.Writer);
        writer.Write(new TcpConnect(1));
        writer.Write(new TcpQuery(2, TlSerializer.Serialize(function)));
        await writer.FlushAsync();
        var bytes = (await pipe.Reader.ReadAsync()).Buffer;
        Convert.ToHexStringLower(bytes.Slice(20).ToArray()).ShouldBe(second);
    }

    [Fact]
    public async Task Packets_arrive_whole_however_the_stream_is_cut()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 64, resumeWriterThreshold: 32));
        var reader = new PacketReader(pipe.Reader);
        var packets = Enumerable.Range(0, 20).Select(i => new TcpPacket(new byte[i * i * 7])).ToList();
        var all = new ArrayBufferWriter<byte>();
        foreach (var (i, packet) in packets.Index())
        {
            var body = TlSerializer.Serialize(packet);
            all.Write(Header((uint)body.Length, i));
            all.Write(body);
        }
        var feeding = Task.Run(async () =>
        {
            for (var at = 0; at < all.WrittenCount; at += 13)
                await pipe.Writer.WriteAsync(all.WrittenMemory[at..Math.Min(at + 13, all.WrittenCount)]);
            await pipe.Writer.CompleteAsync();
        });
        foreach (var packet in packets)
            (await reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1))).ShouldNotBeNull().ToArray().ShouldBe(TlSerializer.Serialize(packet));
        (await reader.ReadAsync()).ShouldBeNull();
        await feeding;
    }

    [Fact]
    public async Task A_packet_in_two_pieces_arrives_without_waiting_for_the_next()
    {
        var pipe = new Pipe();
        var reading = new PacketReader(pipe.Reader).ReadAsync().AsTask();
        await pipe.Writer.WriteAsync((byte[])[.. Header(8, 0), 1, 2, 3]);
        reading.IsCompleted.ShouldBeFalse();
        await pipe.Writer.WriteAsync((byte[])[4, 5, 6, 7, 8]);
        (await reading.WaitAsync(TimeSpan.FromMinutes(1))).ShouldNotBeNull().ToArray().ShouldBe([1, 2, 3, 4, 5, 6, 7, 8]);
    }

    [Fact]
    public async Task A_packet_far_larger_than_the_pipe_arrives()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 4096, resumeWriterThreshold: 2048));
        var body = TlSerializer.Serialize(new TcpPacket(new byte[PacketLimits.MaxBodySize - 8]));
        body.Length.ShouldBe(PacketLimits.MaxBodySize);
        var feeding = Task.Run(async () =>
        {
            await pipe.Writer.WriteAsync(Header((uint)body.Length, 0));
            for (var at = 0; at < body.Length; at += 65536) await pipe.Writer.WriteAsync(body.AsMemory(at, 65536));
        });
        (await new PacketReader(pipe.Reader).ReadAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1))).ShouldNotBeNull().Length.ShouldBe(PacketLimits.MaxBodySize);
        await feeding;
    }

    [Fact]
    public async Task Beside_the_packet_it_waits_for_a_reader_lets_no_more_in_than_the_pipe_holds()
    {
        const int pause = 4096;
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: pause, resumeWriterThreshold: pause / 2));
        var body = new byte[1 << 20];
        var feeding = Task.Run(async () =>
        {
            await pipe.Writer.WriteAsync(Header((uint)body.Length, 0));
            for (var at = 0; at < body.Length; at += 1024) await pipe.Writer.WriteAsync(body.AsMemory(at, 1024));
        });
        await new PacketReader(pipe.Reader).ReadAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1));
        await feeding;
        var taken = 0;
        while (pipe.Writer.WriteAsync(new byte[256]).IsCompleted) taken += 256;
        taken.ShouldBeLessThanOrEqualTo(pause);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(3u)]
    [InlineData((1u << 24) + 1)]
    [InlineData(uint.MaxValue)]
    public async Task A_length_outside_the_limits_is_refused_before_the_body_arrives(uint length) =>
        (await Refused(Header(length, 0))).ShouldBe(FramingError.LengthOutOfRange);

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_wrong_first_number_is_refused(int sequence) =>
        (await Refused(Header(4, sequence))).ShouldBe(FramingError.SequenceMismatch);

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_repeated_or_skipped_number_is_refused(int second) =>
        (await Refused([.. Header(4, 0), 1, 2, 3, 4, .. Header(4, second), 1, 2, 3, 4])).ShouldBe(FramingError.SequenceMismatch);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(11)]
    public async Task An_end_within_a_packet_is_refused(int bytes) =>
        (await Refused(((byte[])[.. Header(4, 0), 1, 2, 3, 4])[..bytes])).ShouldBe(FramingError.Truncated);

    [Fact]
    public async Task A_packet_too_large_to_send_leaves_no_trace()
    {
        var pipe = new Pipe();
        var writer = new PacketWriter(pipe.Writer, 1024);
        Should.Throw<FramingException>(() => writer.Write(new TcpPacket(new byte[1024]))).Error.ShouldBe(FramingError.TooLargeToSend);
        writer.Write(new TcpPing(1));
        await writer.FlushAsync();
        (await new PacketReader(pipe.Reader).ReadAsync()).ShouldNotBeNull().ToArray().ShouldBe(TlSerializer.Serialize(new TcpPing(1)));
    }

    [Fact]
    public void Noise_ends_with_a_framing_error_or_in_good_order() => Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), noise =>
    {
        var input = PipeReader.Create(new ReadOnlySequence<byte>(noise));
        var reader = new PacketReader(input);
        try
        {
            for (var packet = reader.ReadAsync().AsTask().GetAwaiter().GetResult(); packet is not null; packet = reader.ReadAsync().AsTask().GetAwaiter().GetResult())
                packet.Value.Length.ShouldBeGreaterThanOrEqualTo(PacketLimits.MinBodySize);
            return true;
        }
        catch (FramingException)
        {
            return noise.Length > 0;
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_stream_in_any_pieces_gives_the_packets_that_its_bytes_say() => Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
    {
        var random = new SeededRandom(seed);
        var stream = Array.Empty<byte>();
        for (var i = 0; i < random.Next(6); i++)
        {
            var body = random.Bytes(random.Next(3) == 0 ? random.Next(6000) : random.Next(40));
            stream = [.. stream, .. Header((uint)body.Length, i), .. body];
        }
        if (random.Next(2) == 0 && stream.Length > 0) stream = TlMutations.Next(random, stream, stream);
        Task.Run(() => CheckStreamAsync(stream, random)).GetAwaiter().GetResult();
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    private static async Task CheckStreamAsync(byte[] stream, SeededRandom random)
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1024, resumeWriterThreshold: 512));
        var reader = new PacketReader(pipe.Reader, 4096);
        var feeding = Task.Run(async () =>
        {
            for (var at = 0; at < stream.Length;)
            {
                var size = Math.Min(stream.Length - at, 1 + random.Next(random.Next(2) == 0 ? 9 : 3000));
                var flush = await pipe.Writer.WriteAsync(stream.AsMemory(at, size));
                if (flush.IsCompleted) return;
                at += size;
            }
            await pipe.Writer.CompleteAsync();
        });
        var rest = stream.AsMemory();
        for (var sequence = 0; ; sequence++)
        {
            FramingError? wrong = null;
            var length = rest.Length < 8 ? 0 : BitConverter.ToUInt32(rest.Span);
            if (rest.Length is > 0 and < 8) wrong = FramingError.Truncated;
            else if (rest.Length >= 8 && length is < 4 or > 4096) wrong = FramingError.LengthOutOfRange;
            else if (rest.Length >= 8 && BitConverter.ToInt32(rest.Span[4..]) != sequence) wrong = FramingError.SequenceMismatch;
            else if (rest.Length >= 8 && length > rest.Length - 8) wrong = FramingError.Truncated;
            var reading = reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1));
            if (wrong is not null)
            {
                (await Should.ThrowAsync<FramingException>(reading)).Error.ShouldBe(wrong.Value);
                break;
            }
            var body = await reading;
            if (rest.IsEmpty)
            {
                body.ShouldBeNull();
                break;
            }
            body!.Value.Span.SequenceEqual(rest.Span.Slice(8, (int)length)).ShouldBeTrue();
            rest = rest[(8 + (int)length)..];
        }
        await pipe.Reader.CompleteAsync();
        await feeding;
    }

    private static byte[] Header(uint length, int sequence)
    {
        var header = new byte[PacketLimits.HeaderSize];
        BinaryPrimitives.WriteUInt32LittleEndian(header, length);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), sequence);
        return header;
    }

    private static async Task<FramingError> Refused(byte[] stream)
    {
        var reader = new PacketReader(PipeReader.Create(new ReadOnlySequence<byte>(stream)));
        return (await Should.ThrowAsync<FramingException>(async () =>
        {
            while (await reader.ReadAsync() is not null)
            {
            }
        })).Error;
    }

    private static async Task Check(string bytes, ITlObject packet)
    {
        var pipe = new Pipe();
        var writer = new PacketWriter(pipe.Writer);
        writer.Write(packet);
        await writer.FlushAsync();
        Convert.ToHexStringLower((await pipe.Reader.ReadAsync()).Buffer.ToArray()).ShouldBe(bytes);
    }
}
