using System.Net;
using System.Text;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.Simulation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Cocoon.Attestation.Tests.Dcap;

/// <summary>Against a real HTTP server on loopback that answers as a cache of Intel's service does, or as a hostile one might.</summary>
public sealed class HttpCollateralSourceTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = new(2026, 2, 3, 4, 5, 6, TimeSpan.Zero);
    private static readonly DcapPlatform Platform = new(TeeMeasurementKind.Tdx, "c0c000000001", "platform");
    private readonly DcapCollateral _published = PublicSimulation.CollateralAt(Now);
    private readonly List<string> _asked = [];
    private readonly Dictionary<string, Func<HttpContext, Task>> _answers = [];
    private WebApplication _server = null!;
    private string _address = "";

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _server = builder.Build();
        _server.Run(context =>
        {
            lock (_asked) _asked.Add(context.Request.Path + context.Request.QueryString);
            return _answers[context.Request.Path.Value!.Split('/')[^1]](context);
        });
        Answer("tcb", Signed("tcbInfo", _published.TcbInfo, _published.TcbInfoSignature), "TCB-Info-Issuer-Chain", _published.TcbInfoIssuerChain);
        Answer(
            "identity", Signed("enclaveIdentity", _published.QeIdentity, _published.QeIdentitySignature), "SGX-Enclave-Identity-Issuer-Chain",
            _published.QeIdentityIssuerChain);
        Answer("pckcrl", _published.PckCrl.ToArray(), "SGX-PCK-CRL-Issuer-Chain", _published.PckCrlIssuerChain);
        Answer("rootcacrl", Encoding.ASCII.GetBytes(Convert.ToHexStringLower(_published.RootCaCrl.Span)), null, null);
        await _server.StartAsync();
        _address = _server.Urls.Single();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Four_documents_and_the_chains_in_the_headers_make_collateral_that_verifies()
    {
        var collateral = await GetAsync();
        collateral.TcbInfo.ToArray().ShouldBe(_published.TcbInfo.ToArray());
        collateral.RootCaCrl.ToArray().ShouldBe(_published.RootCaCrl.ToArray());
        VerifiedCollateral.Verify(collateral, PublicSimulation.Anchor).Fmspc.ShouldBe("c0c000000001");
        _asked.Order().ShouldBe([
            "/sgx/certification/v4/pckcrl?ca=platform&encoding=der", "/sgx/certification/v4/rootcacrl", "/tdx/certification/v4/qe/identity",
            "/tdx/certification/v4/tcb?fmspc=c0c000000001",
        ]);
    }

    [Fact]
    public async Task A_platform_that_the_service_does_not_know_is_told_with_the_address()
    {
        _answers["tcb"] = context =>
        {
            context.Response.StatusCode = 404;
            return Task.CompletedTask;
        };
        (await FailureAsync()).ShouldContain("found status 404 at http://127.0.0.1:");
    }

    [Fact]
    public async Task Redirections_are_not_followed()
    {
        _answers["pckcrl"] = context =>
        {
            context.Response.Redirect("/sgx/certification/v4/rootcacrl");
            return Task.CompletedTask;
        };
        (await FailureAsync()).ShouldContain("found status 302");
    }

    [Fact]
    public async Task An_answer_without_its_chain_is_refused()
    {
        Answer("identity", [], null, null);
        (await FailureAsync()).ShouldContain("found no header SGX-Enclave-Identity-Issuer-Chain");
    }

    [Fact]
    public async Task An_answer_without_end_is_cut_off()
    {
        _answers["rootcacrl"] = async context =>
        {
            var block = new byte[64 * 1024];
            while (!context.RequestAborted.IsCancellationRequested) await context.Response.Body.WriteAsync(block);
        };
        (await FailureAsync()).ShouldContain("wanted an answer of at most 4194304 bytes");
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"tcbInfo\":1,\"signature\":\"00\"}")]
    [InlineData("{\"tcbInfo\":{},\"signature\":\"00\"}")]
    [InlineData("{\"tcbInfo\":{},\"tcbInfo\":{}}")]
    public async Task A_document_that_is_not_one_is_refused(string text)
    {
        Answer("tcb", Encoding.UTF8.GetBytes(text), "TCB-Info-Issuer-Chain", _published.TcbInfoIssuerChain);
        (await FailureAsync()).ShouldStartWith("TCB info check: ");
    }

    [Fact]
    public async Task A_document_that_was_changed_does_not_verify()
    {
        var changed = Encoding.UTF8.GetString(_published.TcbInfo.Span).Replace("OutOfDate", "UpToDate", StringComparison.Ordinal);
        Answer("tcb", Signed("tcbInfo", Encoding.UTF8.GetBytes(changed), _published.TcbInfoSignature), "TCB-Info-Issuer-Chain", _published.TcbInfoIssuerChain);
        var collateral = await GetAsync();
        Should.Throw<AttestationException>(() => VerifiedCollateral.Verify(collateral, PublicSimulation.Anchor)).Message.ShouldStartWith("TCB info signature check: ");
    }

    [Fact]
    public async Task A_service_that_is_not_there_is_told()
    {
        await _server.StopAsync();
        (await FailureAsync()).ShouldContain("see that the service can be reached");
    }

    private async Task<string> FailureAsync() => (await Should.ThrowAsync<AttestationException>(GetAsync)).Message;

    private async Task<DcapCollateral> GetAsync()
    {
        using var source = new HttpCollateralSource(new Uri(_address));
        return await source.GetAsync(Platform, default);
    }

    private void Answer(string name, byte[] body, string? header, string? chain) => _answers[name] = async context =>
    {
        if (header is not null) context.Response.Headers[header] = Uri.EscapeDataString(chain!);
        await context.Response.Body.WriteAsync(body);
    };

    private static byte[] Signed(string member, ReadOnlyMemory<byte> document, ReadOnlyMemory<byte> signature) =>
        Encoding.UTF8.GetBytes($"{{\"{member}\":{Encoding.UTF8.GetString(document.Span)},\"signature\":\"{Convert.ToHexStringLower(signature.Span)}\"}}");
}
