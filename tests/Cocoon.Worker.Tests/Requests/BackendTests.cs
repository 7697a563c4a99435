using System.Net;
using System.Net.Sockets;
using System.Text;
using Cocoon.Inference.OpenAi;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Tl;
using Cocoon.Testing;
using Cocoon.Worker.Tests.Fakes;
using static Cocoon.Node.Tests.Fakes.Eventually;

namespace Cocoon.Worker.Tests.Requests;

/// <summary>Every cell of the table of docs/protocol/worker.md about the engine: a worker over a real session, a real engine and a server of bytes.</summary>
public sealed class BackendTests : IAsyncLifetime
{
    private const string Usage = """{"usage":{"prompt_tokens":7,"completion_tokens":3}}""";

    private readonly WorkerBench _bench = new();
    // The engine has a clock of its own, so that each time limit can be let pass without the others.
    private readonly ManualTimeProvider _engineTime = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ClosedPort _closed = new();
    private EndPoint _address = null!;
    private readonly CancellationTokenSource _stopping = new();
    private ScriptedProxy _proxy = null!;
    private Task _backend = Task.CompletedTask;

    public static TheoryData<string, string> Engines()
    {
        var data = new TheoryData<string, string>();
        foreach (var (row, _, cell) in DocumentedTable.Cells("docs/protocol/worker.md", "What the engine may do")) data.Add(row, cell);
        return data;
    }

    public Task InitializeAsync()
    {
        _listener.Start();
        _address = _listener.LocalEndpoint;
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _bench.DisposeAsync();
        _listener.Dispose();
        _closed.Dispose();
        await _backend.WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Engine_is_answered_for_as_the_table_says(string engine, string answer)
    {
        if (engine == "cannot be reached")
            _address = _closed.EndPoint;
        else
            _backend = ServeAsync(stream => PlayAsync(engine, stream));
        await StartAsync();
        await _proxy.AskAsync("it", timeout: engine == "sends a body without end" ? 10 : 100);
        var (head, body, last) = await ReadAsync(needsTime: answer == "652");
        if (answer == "passed")
        {
            var (status, text) = Expected(engine);
            head.ShouldNotBeNull().StatusCode.ShouldBe(status);
            body.ShouldBe(text);
            var framing = head.Headers.Where(header => header.Name.ToLowerInvariant() is "content-length" or "transfer-encoding" or "connection").ToList();
            framing.ShouldBe([new HttpHeader("Transfer-Encoding", "chunked")]);
            last.ShouldBeOfType<ProxyQueryAnswerPartEx>().FinalInfo!.TokensUsed.TotalTokensUsed.ShouldBe(text.Contains("usage", StringComparison.Ordinal) ? 10 : 0);
        }
        else
        {
            var error = last.ShouldBeOfType<ProxyQueryAnswerErrorEx>();
            error.ErrorCode.ToString(System.Globalization.CultureInfo.InvariantCulture).ShouldBe(answer);
            error.FinalInfo.ShouldNotBeNull().TokensUsed.TotalTokensUsed.ShouldBe(0);
            error.Error.ShouldNotContain("127.0.0.1");
        }
        await UntilAsync(() => _bench.Core.Runner.Active == 0);
    }

    [Fact]
    public Task Interop_12_6_8_An_answer_has_exactly_one_framing_header() =>
        Engine_is_answered_for_as_the_table_says("answers with framing headers of its own", "passed");

    [Fact]
    public async Task The_address_of_the_server_is_for_the_operators_log_and_not_for_callers()
    {
        _address = _closed.EndPoint;
        await StartAsync();
        await _proxy.AskAsync("it");
        var error = (await ReadAsync(needsTime: false)).Last.ShouldBeOfType<ProxyQueryAnswerErrorEx>().Error;
        error.ShouldContain("cannot be reached");
        error.ShouldNotContain("127.0.0.1");
        _bench.Log.Count("http://127.0.0.1").ShouldBe(1);
    }

    [Fact]
    public async Task Weakness_12_1_11_A_backend_that_closes_within_its_answer_fails_the_request_at_once()
    {
        _backend = ServeAsync(stream => PlayAsync("closes within its answer", stream));
        await StartAsync();
        await _proxy.AskAsync("it");
        // No time passes: nobody waits for a timer.
        (await ReadAsync(needsTime: false)).Last.ShouldBeOfType<ProxyQueryAnswerErrorEx>();
    }

    [Fact]
    public async Task Weakness_12_1_12_A_backend_that_stops_within_its_answer_is_given_up_long_before_the_request_is()
    {
        _backend = ServeAsync(stream => PlayAsync("stops within its answer", stream));
        await StartAsync();
        await _proxy.AskAsync("it");
        (await _proxy.NextAsync()).ShouldBeOfType<ProxyQueryAnswerEx>();
        (await _proxy.NextAsync()).ShouldBeOfType<ProxyQueryAnswerPartEx>();
        var idle = new OpenAiEngineOptions { BaseAddress = new Uri("http://x") }.IdleTimeout;
        await _engineTime.UntilTimerWithinAsync(idle);
        _engineTime.Advance(idle);
        (await _proxy.NextAsync()).ShouldBeOfType<ProxyQueryAnswerErrorEx>().Error.ShouldContain("stalled");
    }

    private static (int Status, string Body) Expected(string engine) => engine switch
    {
        "answers 204" => (204, ""),
        "answers 304" => (304, ""),
        "answers 500" => (500, "oops"),
        _ => (200, Usage),
    };

    private static async Task PlayAsync(string engine, NetworkStream stream)
    {
        Task Send(string text) => stream.WriteAsync(Encoding.ASCII.GetBytes(text)).AsTask();
        switch (engine)
        {
            case "answers in parts":
                await Send($"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{Usage[..5]}\r\n");
                await Send($"{Usage.Length - 5:x}\r\n{Usage[5..]}\r\n0\r\n\r\n");
                break;
            case "answers 204":
                await Send("HTTP/1.1 204 No Content\r\n\r\n");
                break;
            case "answers 304":
                await Send("HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n");
                break;
            case "answers 500":
                await Send("HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops");
                break;
            case "answers with framing headers of its own":
                await Send($"HTTP/1.1 200 OK\r\nCONTENT-LENGTH: {Usage.Length}\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\n\r\n{Usage}");
                break;
            case "answers 429" or "answers 503":
                await Send($"HTTP/1.1 {engine[^3..]} Busy\r\nContent-Length: 0\r\n\r\n");
                break;
            case "closes before its answer":
                break;
            case "closes within its answer":
                await Send($"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{Usage}");
                break;
            case "closes within a chunk":
                await Send($"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{Usage}");
                break;
            case "sends garbage":
                await Send("\0\u0001\u0002 this is no HTTP\r\n\r\n");
                break;
            case "sends headers without end":
                await Send("HTTP/1.1 200 OK\r\n");
                while (true) await Send($"X-More: {new string('x', 1000)}\r\n");
            case "counts tokens beyond any number":
                const string Endless = """{"usage":{"prompt_tokens":9223372036854775807,"completion_tokens":9223372036854775807}}""";
                await Send($"HTTP/1.1 200 OK\r\nContent-Length: {Endless.Length}\r\n\r\n{Endless}");
                break;
            case "never answers":
                await stream.ReadExactlyAsync(new byte[1 << 20]);
                break;
            case "stops within its answer":
                await Send($"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{Usage}");
                await stream.ReadExactlyAsync(new byte[1 << 20]);
                break;
            case "sends a body without end":
                await Send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
                while (true) await Send("data: x\n\n");
            default:
                throw new InvalidDataException($"the table says '{engine}'");
        }
    }

    private async Task StartAsync()
    {
        _bench.OtherEngine = new OpenAiEngine(new OpenAiEngineOptions { BaseAddress = new Uri($"http://{_address}") }, _engineTime);
        await _bench.StartAsync();
        _proxy = _bench.NewProxy();
        await _bench.ReadyAsync(_proxy);
    }

    private async Task ServeAsync(Func<NetworkStream, Task> play)
    {
        while (true)
        {
            using var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
            await using var stream = client.GetStream();
            try
            {
                var request = new StringBuilder();
                var buffer = new byte[4096];
                while (!request.ToString().Contains("messages", StringComparison.Ordinal))
                    request.Append(Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer, _stopping.Token)));
                await play(stream).WaitAsync(_stopping.Token);
            }
            catch (IOException)
            {
                // The worker has given up on it.
            }
        }
    }

    private async Task<(HttpResponse? Head, string Body, ITlObject Last)> ReadAsync(bool needsTime)
    {
        HttpResponse? head = null;
        var body = new StringBuilder();
        while (true)
        {
            var next = _proxy.NextAsync();
            // At least once, also where there is always a next one.
            if (needsTime)
            {
                do await _bench.PassWithSignsAsync(_proxy, TimeSpan.FromSeconds(1));
                while (!next.IsCompleted);
            }
            switch (await next)
            {
                case ProxyQueryAnswerEx answer:
                    head = TlSerializer.Deserialize<HttpResponse>(answer.Answer);
                    break;
                case ProxyQueryAnswerPartEx { FinalInfo: null } part:
                    body.Append(Encoding.ASCII.GetString(part.Answer.Span));
                    break;
                case var last:
                    return (head, body.ToString(), last);
            }
        }
    }
}
