using System.Text;
using Cocoon.Client.Configuration;
using Cocoon.Client.Gateway;

namespace Cocoon.Client.Tests.Gateway;

public sealed class InferenceRequestReaderTests
{
    private static readonly ClientOptions Options = new();

    [Theory]
    [InlineData("""{"model":"m"}""", """{"model":"m","max_tokens":1000}""", 1000)]
    [InlineData("""{"model":"m","max_tokens":7}""", """{"model":"m","max_tokens":7}""", 7)]
    [InlineData("""{"model":"m","max_completion_tokens":8}""", """{"model":"m","max_completion_tokens":8}""", 8)]
    [InlineData("""{"max_tokens":7,"model":"m","max_completion_tokens":8}""", """{"model":"m","max_completion_tokens":8}""", 8)]
    [InlineData("""{"model":"m","max_tokens":null}""", """{"model":"m","max_tokens":1000}""", 1000)]
    [InlineData("""{"model":"m","n":3,"max_tokens":7}""", """{"model":"m","n":3,"max_tokens":7}""", 21)]
    [InlineData("""{"model":"m","max_coefficient":1,"timeout":5,"enable_debug":true,"request_guid":"g"}""", """{"model":"m","max_tokens":1000}""", 1000)]
    [InlineData("""{ "model" : "m", "seed" : 1.50e2, "messages" : [ {"content":"\u00e4"} ] }""", """{"model":"m","seed":1.50e2,"messages":[ {"content":"\u00e4"} ],"max_tokens":1000}""", 1000)]
    public void Weakness_12_2_04_Limit_that_is_reserved_is_written_into_a_chat_request(string body, string expected, int maxTokens)
    {
        var request = Read(body);
        Encoding.UTF8.GetString(request.Body.Span).ShouldBe(expected);
        request.MaxTokens.ShouldBe(maxTokens);
        request.Model.ShouldBe("m");
    }

    [Theory]
    [InlineData("""{"model":"m","prompt":"p"}""", """{"model":"m","prompt":"p","max_tokens":1000}""", 1000)]
    [InlineData("""{"model":"m","max_completion_tokens":8}""", """{"model":"m","max_tokens":8}""", 8)]
    [InlineData("""{"model":"m","max_tokens":0}""", """{"model":"m","max_tokens":0}""", 0)]
    [InlineData("""{"model":"m","max_tokens":5,"n":2,"best_of":4}""", """{"model":"m","n":2,"best_of":4,"max_tokens":5}""", 20)]
    [InlineData("""{"model":"m","prompt":["a","b",[1]],"max_tokens":5,"n":2}""", """{"model":"m","prompt":["a","b",[1]],"n":2,"max_tokens":5}""", 30)]
    [InlineData("""{"model":"m","prompt":[1,2,3],"max_tokens":5}""", """{"model":"m","prompt":[1,2,3],"max_tokens":5}""", 5)]
    public void Weakness_12_2_04_Limit_that_is_reserved_is_written_into_a_completion_request(string body, string expected, int maxTokens)
    {
        var request = Read(body, InferenceApi.Completions);
        Encoding.UTF8.GetString(request.Body.Span).ShouldBe(expected);
        request.MaxTokens.ShouldBe(maxTokens);
    }

    [Fact]
    public void Fields_for_the_gateway_are_read()
    {
        var request = Read("""{"model":"m","max_coefficient":1500,"timeout":2.5,"enable_debug":true}""");
        request.MaxCoefficient.ShouldBe(1500);
        request.Timeout.ShouldBe(TimeSpan.FromSeconds(2.5));
        request.EnableDebug.ShouldBeTrue();
    }

    [Fact]
    public void What_a_request_does_not_say_comes_from_the_options()
    {
        var request = Read("""{"model":"m"}""");
        request.MaxCoefficient.ShouldBe(4000);
        request.Timeout.ShouldBe(TimeSpan.FromSeconds(120));
        request.EnableDebug.ShouldBeFalse();
    }

    [Theory]
    [InlineData("""{"model":"m","max_tokens":-1}""", "max_tokens")]
    [InlineData("""{"model":"m","max_tokens":0}""", "max_tokens")]
    [InlineData("""{"model":"m","max_tokens":2147483648}""", "max_tokens")]
    [InlineData("""{"model":"m","max_tokens":1.5}""", "max_tokens")]
    [InlineData("""{"model":"m","max_tokens":"7"}""", "max_tokens")]
    [InlineData("""{"model":"m","max_completion_tokens":-8}""", "max_completion_tokens")]
    [InlineData("""{"model":"m","max_coefficient":-1}""", "max_coefficient")]
    [InlineData("""{"model":"m","max_coefficient":4294967296}""", "max_coefficient")]
    [InlineData("""{"model":"m","n":0}""", "n")]
    [InlineData("""{"model":"m","n":3,"max_tokens":2147483647}""", "max_tokens")]
    [InlineData("""{"model":"m","timeout":0}""", "timeout")]
    [InlineData("""{"model":"m","timeout":1e300}""", "timeout")]
    [InlineData("""{"model":"m","enable_debug":1}""", "enable_debug")]
    [InlineData("""{"model":7}""", "model")]
    [InlineData("""{"model":""}""", "model")]
    [InlineData("""{}""", "model")]
    public void Value_that_cannot_be_is_refused_by_name(string body, string param)
    {
        var error = Should.Throw<GatewayException>(() => Read(body)).Error;
        error.Status.ShouldBe(400);
        error.Param.ShouldBe(param);
        error.Message.ShouldContain(param);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"model":"m"} x""")]
    [InlineData("""{"model":"m","model":"n"}""")]
    [InlineData("""{"model":"\ud800"}""")]
    [InlineData("""{"model":"m","\udc00":1}""")]
    public void Body_that_is_not_one_plain_object_is_refused_without_quoting_it(string body)
    {
        var error = Should.Throw<GatewayException>(() => Read(body)).Error;
        error.Status.ShouldBe(400);
        error.Code.ShouldBe("invalid_json");
    }

    private static InferenceRequest Read(string body, InferenceApi api = InferenceApi.ChatCompletions) =>
        InferenceRequestReader.Read(api, Encoding.UTF8.GetBytes(body), Options);
}
