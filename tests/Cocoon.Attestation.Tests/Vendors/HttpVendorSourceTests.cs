using System.Net;
using Cocoon.Attestation.Vendors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Cocoon.Attestation.Tests.Vendors;

/// <summary>What is not already shown of it by the collateral that comes through it.</summary>
public sealed class HttpVendorSourceTests
{
    [Fact]
    public async Task A_document_is_asked_for_below_the_base_address_with_its_query()
    {
        await using var server = Serve(context => context.Response.WriteAsync($"{context.Request.Path}{context.Request.QueryString}"));
        await server.StartAsync();
        foreach (var end in new[] { "", "/" })
        {
            using var source = new HttpVendorSource(new Uri($"{server.Urls.Single()}/amd{end}"));
            System.Text.Encoding.ASCII.GetString(await source.GetAsync(new VendorDocument("vcek/v1/Genoa/07?blSPL=03&teeSPL=00", "x"), default)).ShouldBe("/amd/vcek/v1/Genoa/07?blSPL=03&teeSPL=00");
        }
    }

    [Fact]
    public async Task Whoever_no_longer_waits_is_not_told_of_a_failure()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = Serve(async context =>
        {
            asked.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        await server.StartAsync();
        using var source = new HttpVendorSource(new Uri(server.Urls.Single()));
        using var leaving = new CancellationTokenSource();
        var getting = source.GetAsync(new VendorDocument("v1/rim/X", "x"), leaving.Token);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await leaving.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(getting);
    }

    [Fact]
    public void Other_addresses_are_refused() =>
        Should.Throw<ArgumentException>(() => new HttpVendorSource(new Uri("ftp://127.0.0.1/"))).Message.ShouldContain("has an http or https address");

    internal static WebApplication Serve(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var server = builder.Build();
        server.Run(answer);
        return server;
    }
}
