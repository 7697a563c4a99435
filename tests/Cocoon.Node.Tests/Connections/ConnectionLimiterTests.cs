using System.Net;
using Cocoon.Node.Connections;
using Cocoon.Testing;

namespace Cocoon.Node.Tests.Connections;

public sealed class ConnectionLimiterTests
{
    private static readonly IPAddress One = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Two = IPAddress.Parse("192.0.2.2");

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void No_more_than_allowed_are_open_in_all()
    {
        var limiter = new ConnectionLimiter(2, 2, 0, _time);
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
        var limiter = new ConnectionLimiter(10, 1, 0, _time);
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
        var limiter = new ConnectionLimiter(10, 1, 0, _time);
        limiter.TryEnter(IPAddress.Parse(first)).ShouldBeNull();
        (limiter.TryEnter(IPAddress.Parse(second)) is not null).ShouldBe(same);
        limiter.Leave(IPAddress.Parse(first));
        limiter.TryEnter(IPAddress.Parse(first)).ShouldBeNull();
    }

    [Fact]
    public void Connections_without_an_address_count_in_all_only()
    {
        var limiter = new ConnectionLimiter(2, 1, 0, _time);
        limiter.TryEnter(null).ShouldBeNull();
        limiter.TryEnter(null).ShouldBeNull();
        limiter.TryEnter(null).ShouldNotBeNull();
        limiter.Leave(null);
        limiter.TryEnter(null).ShouldBeNull();
    }

    [Fact]
    public void One_address_opens_no_more_in_a_minute_than_allowed_even_if_it_closes_them()
    {
        var limiter = new ConnectionLimiter(10, 10, 2, _time);
        for (var opened = 0; opened < 2; opened++)
        {
            limiter.TryEnter(One).ShouldBeNull();
            limiter.Leave(One);
        }
        limiter.TryEnter(One).ShouldBe("2 connections from 192.0.2.1 were opened in this minute, more are not allowed.");
        limiter.TryEnter(Two).ShouldBeNull();
        _time.Advance(TimeSpan.FromSeconds(59));
        limiter.TryEnter(One).ShouldNotBeNull();
        _time.Advance(TimeSpan.FromSeconds(1));
        limiter.TryEnter(One).ShouldBeNull();
    }

    [Fact]
    public void Addresses_past_counting_share_one_count()
    {
        var limiter = new ConnectionLimiter(100_000, 10, 1, _time);
        for (var address = 0; address < 65536; address++) limiter.TryEnter(new IPAddress(address)).ShouldBeNull();
        limiter.TryEnter(One).ShouldBeNull();
        limiter.TryEnter(Two).ShouldNotBeNull();
        _time.Advance(TimeSpan.FromMinutes(1));
        limiter.TryEnter(Two).ShouldBeNull();
    }

    [Fact]
    public void Without_addresses_only_the_total_counts()
    {
        var limiter = new ConnectionLimiter(2, 1, 1, _time).WithoutAddresses();
        limiter.TryEnter(One).ShouldBeNull();
        limiter.TryEnter(One).ShouldBeNull();
        limiter.TryEnter(Two).ShouldNotBeNull();
    }
}
