using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Cocoon.Contracts.Economics;
using Cocoon.Cryptography;
using Cocoon.Inference;
using Cocoon.Node;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;
using Cocoon.Testing;
using Cocoon.Worker.Requests;
using Cocoon.Worker.Tests.Fakes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cocoon.Worker.Tests.Requests;

public sealed class RequestRunnerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly Bits256 Id = Bits256.Sha256("id"u8);
    private static readonly TokenMultipliers Multipliers = new(new Multiplier(10_000), new Multiplier(1_000), new Multiplier(80_000), new Multiplier(20_000));

    private readonly ManualTimeProvider _time = new();
    private readonly FakeEngine _engine = new();
    private readonly Channel<ITlObject> _sent = Channel.CreateUnbounded<ITlObject>();
    private readonly RequestRunner _runner;

    public RequestRunnerTests() => _runner = new RequestRunner(_engine, "m", 2, _time, NullLogger<RequestRunner>.Instance);

    [Fact]
    public async Task Answer_is_head_then_parts_then_end_with_tokens_by_their_multipliers()
    {
        _engine.Usage = new TokenUsage(100, 40, 30, 10);
        var running = RunAsync();
        var head = (await NextAsync()).ShouldBeOfType<ProxyQueryAnswerEx>();
        head.FinalInfo.ShouldBeNull();
        head.RequestId.ShouldBe(Id);
        var response = TlSerializer.Deserialize<HttpResponse>(head.Answer);
        (response.StatusCode, response.Payload.Length).ShouldBe((200, 0));
        response.Headers.Select(header => header.Name).ShouldBe(["Content-Type", "X-Cocoon-Worker-Start", "X-Cocoon-Worker-End", "Transfer-Encoding"]);
        foreach (var text in (string[])["data: 1\n\n", "data: 2\n\n"])
        {
            _engine.Part(text);
            // Each part goes on before the next one is there.
            var part = (await NextAsync()).ShouldBeOfType<ProxyQueryAnswerPartEx>();
            Encoding.UTF8.GetString(part.Answer.Span).ShouldBe(text);
            part.FinalInfo.ShouldBeNull();
        }
        _engine.Part("");
        _engine.End();
        var end = (await NextAsync()).ShouldBeOfType<ProxyQueryAnswerPartEx>();
        end.Answer.Length.ShouldBe(0);
        end.FinalInfo!.TokensUsed.ShouldBe(new TokensUsed(120, 8, 320, 40, 488));
        await running.WaitAsync(Patience);
        _runner.Active.ShouldBe(0);
        _sent.Reader.TryRead(out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public async Task Messages_are_those_of_the_version_agreed_on(int version, bool debug)
    {
        _engine.Part("x");
        _engine.End();
        await RunAsync(version: version, debug: debug);
        var all = await AllAsync();
        if (version == 0)
        {
            all.Select(message => message.GetType()).ShouldBe([typeof(ProxyQueryAnswer), typeof(ProxyQueryAnswerPart), typeof(ProxyQueryAnswerPart)]);
            ((ProxyQueryAnswer)all[0]).IsCompleted.ShouldBeFalse();
            ((ProxyQueryAnswerPart)all[1]).IsCompleted.ShouldBeFalse();
            ((ProxyQueryAnswerPart)all[2]).IsCompleted.ShouldBeTrue();
            return;
        }
        all.Select(message => message.GetType()).ShouldBe([typeof(ProxyQueryAnswerEx), typeof(ProxyQueryAnswerPartEx), typeof(ProxyQueryAnswerPartEx)]);
        var info = ((ProxyQueryAnswerPartEx)all[2]).FinalInfo!;
        (info.WorkerStartTime is not null && info.WorkerEndTime is not null).ShouldBe(version >= 2);
        (info.WorkerDebug is not null).ShouldBe(debug);
        if (debug)
            JsonDocument.Parse(info.WorkerDebug!).RootElement.GetProperty("type").GetString().ShouldBe("worker_stats");
    }

    [Theory]
    [InlineData(EngineErrorCode.Unavailable, ErrorCodes.NotReady)]
    [InlineData(EngineErrorCode.Timeout, ErrorCodes.Timeout)]
    [InlineData(EngineErrorCode.Protocol, ErrorCodes.Failure)]
    public async Task Failure_of_the_engine_is_told_by_its_code_before_and_within_the_answer(EngineErrorCode code, int expected)
    {
        _engine.Sending = _ => throw new EngineException(code, "no luck");
        await RunAsync();
        Error(await NextAsync()).ShouldBe((expected, "no luck"));

        _engine.Sending = null;
        _engine.Part("x");
        _engine.Fail(new EngineException(code, "no luck"));
        await RunAsync();
        var all = await AllAsync();
        all.Count.ShouldBe(3);
        Error(all[2]).ShouldBe((expected, "no luck"));
        _engine.Stopped.Task.IsCompleted.ShouldBeTrue();
    }

    [Fact]
    public async Task Errors_to_a_proxy_of_version_0_are_the_old_ones()
    {
        _engine.Sending = _ => throw new EngineException(EngineErrorCode.Timeout, "no luck");
        await RunAsync(version: 0);
        (await NextAsync()).ShouldBe(new ProxyQueryAnswerError(ErrorCodes.Timeout, "no luck", Id, new TokensUsed(0, 0, 0, 0, 0)));
        _engine.Sending = null;
        _engine.Fail(new EngineException(EngineErrorCode.Timeout, "no luck"));
        await RunAsync(version: 0);
        (await AllAsync())[1].ShouldBe(new ProxyQueryAnswerPartError(ErrorCodes.Timeout, "no luck", Id, new TokensUsed(0, 0, 0, 0, 0)));
    }

    [Theory]
    [InlineData(429)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task Busy_engine_is_not_ready(int status)
    {
        _engine.Status = status;
        await RunAsync();
        Error((await AllAsync()).ShouldHaveSingleItem()).ShouldBe((ErrorCodes.NotReady, $"the engine answered with status {status}"));
        _engine.Stopped.Task.IsCompleted.ShouldBeTrue();
    }

    [Fact]
    public async Task Other_error_status_of_the_engine_is_an_answer()
    {
        _engine.Status = 400;
        _engine.Part("{}");
        _engine.End();
        await RunAsync();
        TlSerializer.Deserialize<HttpResponse>(((ProxyQueryAnswerEx)(await AllAsync())[0]).Answer).StatusCode.ShouldBe(400);
    }

    [Fact]
    public async Task Invalid_request_does_not_reach_the_engine()
    {
        await RunAsync("""{"model":"other","messages":[]}""");
        Error(await NextAsync()).ShouldBe((ErrorCodes.ProtocolViolation, "invalid http request: model name mismatch: this worker serves 'm'"));
        _engine.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Failure_that_nobody_foresaw_is_answered_without_its_text()
    {
        _engine.Sending = _ => throw new InvalidOperationException("secret prompt");
        await RunAsync();
        Error(await NextAsync()).ShouldBe((ErrorCodes.Failure, "the worker failed"));

        _engine.Sending = null;
        _engine.Usage = new TokenUsage(-1, 0, 0, 0);
        _engine.End();
        await RunAsync();
        Error((await AllAsync())[1]).ShouldBe((ErrorCodes.Failure, "the worker failed"));

        _engine.Sending = _ => throw new OperationCanceledException("of its own");
        await RunAsync();
        Error(await NextAsync()).ShouldBe((ErrorCodes.Failure, "the worker failed"));
        _runner.Active.ShouldBe(0);
    }

    [Fact]
    public async Task Time_runs_out_for_the_engine_a_little_before_it_does_for_the_proxy()
    {
        var running = RunAsync(timeout: 100);
        await NextAsync();
        await _engine.Asked.Task.WaitAsync(Patience);
        _time.Advance(TimeSpan.FromSeconds(94.9));
        running.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Error(await NextAsync()).ShouldBe((ErrorCodes.Timeout, "timeout"));
        await _engine.Stopped.Task.WaitAsync(Patience);
        await running.WaitAsync(Patience);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(-5)]
    [InlineData(0)]
    [InlineData(double.NegativeInfinity)]
    public async Task Timeout_that_is_none_is_over_at_once(double timeout)
    {
        var running = RunAsync(timeout: timeout);
        await NextAsync();
        _time.Advance(TimeSpan.FromMilliseconds(2));
        Error(await NextAsync()).Code.ShouldBe(ErrorCodes.Timeout);
        await running.WaitAsync(Patience);
    }

    [Theory]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.MaxValue)]
    public async Task Timeout_is_bounded_by_an_hour(double timeout)
    {
        var running = RunAsync(timeout: timeout);
        await NextAsync();
        _time.Advance(TimeSpan.FromHours(1));
        Error(await NextAsync()).Code.ShouldBe(ErrorCodes.Timeout);
        await running.WaitAsync(Patience);
    }

    [Fact]
    public async Task End_of_the_session_stops_the_engine_and_is_not_answered()
    {
        using var session = new CancellationTokenSource();
        var running = RunAsync(session: session.Token);
        await NextAsync();
        await session.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(running.WaitAsync(Patience));
        await _engine.Stopped.Task.WaitAsync(Patience);
        _sent.Reader.TryRead(out _).ShouldBeFalse();
        _runner.Active.ShouldBe(0);
    }

    [Fact]
    public void Places_are_bounded_and_given_back()
    {
        _runner.TryEnter().ShouldBeTrue();
        _runner.TryEnter().ShouldBeTrue();
        _runner.TryEnter().ShouldBeFalse();
        _runner.Active.ShouldBe(2);
    }

    [Fact]
    public async Task Interop_12_6_6_Large_part_is_split()
    {
        var bytes = new byte[700_000];
        bytes.AsSpan().Fill((byte)'x');
        _engine.Part(bytes);
        _engine.End();
        await RunAsync();
        var parts = (await AllAsync()).OfType<ProxyQueryAnswerPartEx>().ToList();
        parts.ShouldAllBe(part => part.Answer.Length <= 256 * 1024);
        parts.Sum(part => part.Answer.Length).ShouldBe(700_000);
        parts.Count(part => part.Answer.Length == 0).ShouldBe(1);
    }

    [Theory]
    [InlineData("", "text/event-stream", false)]
    [InlineData(""","stream_options":{"include_usage":true}""", "text/event-stream", true)]
    [InlineData("", "application/x-ndjson", true)]
    public async Task Usage_event_reaches_only_callers_who_asked_for_it(string options, string contentType, bool passes)
    {
        const string Usage = "data: {\"choices\":[],\"usage\":{}}\n\n";
        _engine.ContentType = contentType;
        _engine.Usage = new TokenUsage(1, 0, 1, 0);
        _engine.Part("data: {\"choices\":[1]}\n\n" + Usage[..10]);
        _engine.Part(Usage[10..] + "data: [DONE]");
        _engine.End();
        await RunAsync($$"""{"model":"m","messages":[],"stream":true{{options}}}""");
        var parts = (await AllAsync()).OfType<ProxyQueryAnswerPartEx>().ToList();
        string.Concat(parts.Select(part => Encoding.UTF8.GetString(part.Answer.Span)))
            .ShouldBe("data: {\"choices\":[1]}\n\n" + (passes ? Usage : "") + "data: [DONE]");
        parts[^1].FinalInfo!.TokensUsed.TotalTokensUsed.ShouldBe(18);
    }

    private static (int Code, string Text) Error(ITlObject message)
    {
        var error = message.ShouldBeOfType<ProxyQueryAnswerErrorEx>();
        error.RequestId.ShouldBe(Id);
        error.FinalInfo.ShouldNotBeNull().TokensUsed.TotalTokensUsed.ShouldBe(0);
        return (error.ErrorCode, error.Error);
    }

    private Task RunAsync(
        string body = """{"model":"m","messages":[]}""", int version = 2, bool debug = false, double timeout = 100, CancellationToken session = default)
    {
        _runner.TryEnter().ShouldBeTrue();
        var answers = new WorkerAnswers(
            (message, token) =>
            {
                token.ThrowIfCancellationRequested();
                // Parts are valid only until the next one is asked for, so what is kept is a copy.
                return _sent.Writer.WriteAsync(TlSerializer.Deserialize(TlSerializer.Serialize(message)), token);
            },
            Id, version, debug, _time.UnixNow(), _time.UnixNow);
        return _runner.RunAsync(answers, RequestValidatorTests.Query(Encoding.UTF8.GetBytes(body)), new Coefficient(2000), Multipliers, timeout, session);
    }

    private async Task<ITlObject> NextAsync() => await _sent.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    private async Task<List<ITlObject>> AllAsync()
    {
        var all = new List<ITlObject> { await NextAsync() };
        while (_sent.Reader.TryRead(out var message)) all.Add(message);
        return all;
    }
}
