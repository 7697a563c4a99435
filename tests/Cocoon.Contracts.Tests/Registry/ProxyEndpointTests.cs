using Cocoon.Contracts.Registry;

namespace Cocoon.Contracts.Tests.Registry;

public sealed class ProxyEndpointTests
{
    [Theory]
    [InlineData("1.2.3.4:1000", "1.2.3.4", 1000)]
    [InlineData("[1.2.3.4]:1000", "1.2.3.4", 1000)]
    [InlineData("[1.2.3.4:1000]", "1.2.3.4", 1000)]
    [InlineData("proxy.example.org:65535", "proxy.example.org", 65535)]
    [InlineData("localhost:1", "localhost", 1)]
    [InlineData("x-1.example:80", "x-1.example", 80)]
    public void An_endpoint_is_read(string text, string host, int port)
    {
        ProxyEndpoint.TryParse(text, out var endpoint).ShouldBeTrue();
        endpoint.ShouldBe(new ProxyEndpoint(host, (ushort)port));
        ProxyEndpoint.TryParse(endpoint.ToString(), out var again).ShouldBeTrue();
        again.ShouldBe(endpoint);
    }

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData(":80")]
    [InlineData("1.2.3.4")]
    [InlineData("1.2.3.4:")]
    [InlineData("1.2.3.4:0")]
    [InlineData("1.2.3.4:65536")]
    [InlineData("1.2.3.4:+80")]
    [InlineData("1.2.3.4: 80")]
    [InlineData("1.2.3:80")]
    [InlineData("1.2.3.256:80")]
    [InlineData("1.2.3.04:80")]
    [InlineData("16909060:80")]
    [InlineData("1.2.3.4.5:80")]
    [InlineData("[::1]:80")]
    [InlineData("::1:80")]
    [InlineData("a..b:80")]
    [InlineData(".a:80")]
    [InlineData("-a:80")]
    [InlineData("a-:80")]
    [InlineData("a_b:80")]
    [InlineData("a/b:80")]
    [InlineData("h\u00f6st:80")]
    [InlineData("[1.2.3.4:80")]
    public void Anything_else_is_refused(string text) => ProxyEndpoint.TryParse(text, out _).ShouldBeFalse();
}
