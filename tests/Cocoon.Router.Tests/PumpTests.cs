using System.Buffers;
using System.IO.Pipelines;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Router.Ports;
using Cocoon.Testing;

namespace Cocoon.Router.Tests;

public sealed class PumpTests
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(120);

    private readonly ManualTimeProvider _time = new();
    private readonly DuplexPipePair _one = new(4096);
    private readonly DuplexPipePair _other = new(4096);

    [Fact]
    public async Task Each_direction_ends_by_itself_and_both_end_the_pump()
    {
        var pumping = Start();
        await _one.Left.Output.WriteAsync("question"u8.ToArray());
        await _one.Left.Output.CompleteAsync();
        (await ReadToEndAsync(_other.Right.Input)).ShouldBe("question"u8.ToArray());
        pumping.IsCompleted.ShouldBeFalse();
        await _other.Right.Output.WriteAsync("answer"u8.ToArray());
        await _other.Right.Output.CompleteAsync();
        (await ReadToEndAsync(_one.Left.Input)).ShouldBe("answer"u8.ToArray());
        await pumping.WaitAsync(Eventually.Patience);
    }

    [Fact]
    public async Task Slow_reader_slows_the_writer_down_and_loses_nothing()
    {
        var pumping = Start();
        var sent = new byte[64 * 1024];
        var writing = WriteAndEndAsync(_one.Left.Output, sent);
        // Two pipes of 4096 bytes and what is in between hold far less than all of it.
        await Eventually.UntilAsync(() => _other.Right.Input.TryRead(out var read) && Rewind(read) > 4000);
        writing.IsCompleted.ShouldBeFalse();
        (await ReadToEndAsync(_other.Right.Input)).Length.ShouldBe(sent.Length);
        await writing.WaitAsync(Eventually.Patience);
        await _other.Right.Output.CompleteAsync();
        await pumping.WaitAsync(Eventually.Patience);

        long Rewind(ReadResult read)
        {
            _other.Right.Input.AdvanceTo(read.Buffer.Start);
            return read.Buffer.Length;
        }
    }

    [Fact]
    public async Task Silence_in_both_directions_ends_it_and_a_byte_in_either_starts_the_count_anew()
    {
        var pumping = Start();
        _time.Advance(Idle - TimeSpan.FromSeconds(1));
        await _one.Left.Output.WriteAsync(new byte[1]);
        await _other.Right.Input.ReadAtLeastAsync(1);
        // The byte may be there before it is counted.
        await _time.UntilNoTimerWithinAsync(TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));
        await Task.Yield();
        pumping.IsCompleted.ShouldBeFalse();
        var ending = Should.ThrowAsync<IOException>(pumping.WaitAsync(Eventually.Patience));
        await _time.PassUntilAsync(() => ending.IsCompleted);
        (await ending).Message.ShouldBe("No byte moved in either direction for 120 s.");
    }

    [Fact]
    public async Task Side_that_reads_nothing_is_silent_however_much_there_is_for_it()
    {
        var pumping = Start();
        _ = WriteAndEndAsync(_one.Left.Output, new byte[64 * 1024]);
        var ending = Should.ThrowAsync<IOException>(pumping.WaitAsync(Eventually.Patience));
        await _time.PassUntilAsync(() => ending.IsCompleted);
        (await ending).Message.ShouldContain("No byte moved");
    }

    [Fact]
    public async Task Broken_direction_takes_the_other_with_it_and_tells_why()
    {
        var pumping = Start();
        await _one.Left.Output.CompleteAsync(new IOException("cable cut"));
        (await Should.ThrowAsync<IOException>(pumping.WaitAsync(Eventually.Patience))).Message.ShouldBe("cable cut");
    }

    [Fact]
    public async Task Receiver_that_is_gone_ends_it()
    {
        var pumping = Start();
        await _other.Right.Input.CompleteAsync();
        await _one.Left.Output.WriteAsync(new byte[1]);
        (await Should.ThrowAsync<IOException>(pumping.WaitAsync(Eventually.Patience))).Message.ShouldBe("The receiving side closed the connection.");
    }

    [Fact]
    public async Task Cancelling_ends_it()
    {
        using var stop = new CancellationTokenSource();
        var pumping = Pump.RunAsync(_one.Right, _other.Left, Idle, _time, stop.Token);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(pumping.WaitAsync(Eventually.Patience));
    }

    private Task Start() => Pump.RunAsync(_one.Right, _other.Left, Idle, _time, default);

    private static async Task WriteAndEndAsync(PipeWriter output, byte[] bytes)
    {
        foreach (var piece in bytes.Chunk(1000)) await output.WriteAsync(piece);
        await output.CompleteAsync();
    }

    private static async Task<byte[]> ReadToEndAsync(PipeReader input)
    {
        using var all = new MemoryStream();
        await input.CopyToAsync(all).WaitAsync(Eventually.Patience);
        return all.ToArray();
    }
}
