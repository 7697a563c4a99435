using System.IO.Pipelines;

namespace Cocoon.Testing;

/// <summary>Two ends of a connection in memory: what one writes the other reads, with back-pressure.</summary>
public sealed class DuplexPipePair
{
    public DuplexPipePair(int bufferSize = 64 * 1024)
    {
        var options = new PipeOptions(pauseWriterThreshold: bufferSize, resumeWriterThreshold: bufferSize / 2, useSynchronizationContext: false);
        var forth = new Pipe(options);
        var back = new Pipe(options);
        Left = new End(back.Reader, forth.Writer);
        Right = new End(forth.Reader, back.Writer);
    }

    public IDuplexPipe Left { get; }

    public IDuplexPipe Right { get; }

    private sealed record End(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
