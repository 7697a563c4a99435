using System.Net;
using Cocoon.Node.Connections;

namespace Cocoon.Node.Tests.Connections;

public sealed class ConnectionLimiterTests
{
    private static readonly IPAddress One = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Two = IPAddress.Parse("192.0.2.2");

    [Fact]
    public void No_more_than_allowed_are_open_in_all()
    {
        var limiter = new ConnectionLimiter(2, 2);
        limiter.TryEnter(One).ShouldBeNull();
        limiter.TryEnter(Two).ShouldBeNull();
        limiter.TryEnter(IPAddress.Loopback).ShouldBe("2 connections are open, 2 are allowed.");
        limiter.TryEnter(null).ShouldNotBeNull();
        limiter.Leave(One);
        limiter.TryEnter(IPAddress.Loopback).ShouldBeNull();
    }

    [Fact]
    public void One_address_has_its_own_limit_and_leaves_room_for_others()
    {
        var limiter = new ConnectionLimiter(10, 1);
        limiter.TryEnter(One).ShouldBeNull();
        limiter.TryEnter(One).ShouldBe("1 connections from 192.0.2.1 are open, 1 are allowed.");
        limiter.TryEnter(Two).ShouldBeNull();
        limiter.Leave(One);
        limiter.TryEnter(One).ShouldBeNull();
    }

    [Theory]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1", true)]
    [InlineData("::ffff:192.0.2.1", "::ffff:192.0.2.2", false)]
    public void Addresses_of_one_subscriber_count_as_one(string first, string second, bool same)
    {
        var limiter = new ConnectionLimiter(10, 1);
        limiter.TryEnter(IPAddress.Parse(first)).ShouldBeNull();
        (limiter.TryEnter(IPAddress.Parse(second)) is not null).ShouldBe(same);
        limiter.Leave(IPAddress.Parse(first));
        limiter.TryEnter(IPAddress.Parse(first)).ShouldBeNull();
    }

    [Fact]
    public void Connections_without_an_address_count_in_all_only()
    {
        var limiter = new ConnectionLimiter(2, 1);
        limiter.TryEnter(null).ShouldBeNull();
        limiter.TryEnter(null).ShouldBeNull();
        limiter.TryEnter(null).ShouldNotBeNull();
        limiter.Leave(null);
        limiter.TryEnter(null).ShouldBeNull();
    }
}
