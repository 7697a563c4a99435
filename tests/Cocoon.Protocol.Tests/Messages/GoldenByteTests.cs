using System.Security.Cryptography;
using System.Text;
using Cocoon.Cryptography;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Tests.Messages;

public sealed class GoldenByteTests
{
    private const string WorkerOwner = "UQAuz15H1ZHrZ_psVrAra7HealMIVeFq0wguqlmFno1f3B-m";
    private const string ClientOwner = "UQCdj43bBDyeJlfe6FVSpWLfsDMp4YHbmz5lca5-tNz-fx20";
    private const string ClientContract = "UQCACjNFLY4ArI-ZdQsAazEAW41KvHyVIAWsFh9pbqcA1f12";
    private const string WorkerContract = "UQDLYGhRHNqXquKXJazsjMBUUhXtmZ_Nom43-_sztpg80bUO";
    private const string ProxyContract = "UQBPkxYfPKgOBMbbi9VQVO2DQz7Wg3w9K5YTsl8x1_KaeZcZ";

    private static readonly Bits256 ClientRequest = Counting(0x00);
    private static readonly Bits256 WorkerRequest = Counting(0x40);
    private static readonly ProxySignedPayment Payment = new(Convert.FromHexString(GoldenBytes.Voucher));

    private static readonly ProxyParams Proxy = new(
        Bits256.Parse("559087582b7e5ea2b2b986c258e0067b806a59b154e955decf00429610eab095"), WorkerOwner, ProxyContract, true, 2);

    private static readonly HttpRequest Request = new(
        "POST", "/v1/chat/completions", "HTTP/1.1", [new("Content-Type", "application/json"), new("Content-Length", "39")],
        Encoding.UTF8.GetBytes("""{"messages":[],"model":"Qwen/Qwen3-8B"}"""));

    private static readonly HttpResponse Response = new("HTTP/1.1", 200, "OK", [new("Transfer-Encoding", "chunked")], default);

    [Fact]
    public void Vector_13_6_Worker_connectToProxy_has_the_bytes_of_the_network() => Check(
        GoldenBytes.WorkerConnectToProxy,
        new WorkerConnectToProxy(new WorkerParams(WorkerOwner, "Qwen/Qwen3-8B@abc123def456:" + new string('0', 64), 0, true, 1, 60, 1, 2)));

    [Fact]
    public void Vector_13_6_Worker_connectedToProxy_has_the_bytes_of_the_network() =>
        Check(GoldenBytes.WorkerConnectedToProxy, new WorkerConnectedToProxy(Proxy, WorkerContract));

    [Fact]
    public void Vector_13_6_Worker_compareBalanceWithProxy_has_the_bytes_of_the_network() =>
        Check(GoldenBytes.WorkerCompareBalance, new WorkerCompareBalanceWithProxy(0, 0, 0));

    [Fact]
    public void Vector_13_6_Worker_compareBalanceWithProxyResult_has_the_bytes_of_the_network() =>
        Check(GoldenBytes.WorkerCompareBalanceResult, new WorkerCompareBalanceWithProxyResult(Payment, 0, 0, 0));

    [Fact]
    public void Vector_13_6_Worker_proxyHandshakeComplete_has_the_bytes_of_the_network() =>
        Check(GoldenBytes.WorkerHandshakeComplete, new WorkerProxyHandshakeComplete(false));

    [Fact]
    public void Vector_13_6_Worker_proxyHandshakeCompleted_has_the_bytes_of_the_network() =>
        Check(GoldenBytes.WorkerHandshakeCompleted, new WorkerProxyHandshakeCompleted());

    [Fact]
    public void Vector_13_6_Client_connectToProxy_has_the_bytes_of_the_network() =>
        Check(GoldenBytes.ClientConnectToProxy, new ClientConnectToProxy(new ClientParams(ClientOwner, true, 1, 2), 3));

    [Fact]
    public void Vector_13_6_Client_connectedToProxy_has_the_bytes_of_the_network() => Check(
        GoldenBytes.ClientConnectedToProxy,
        new ClientConnectedToProxy(
            Proxy, ClientContract, new ClientProxyConnectionAuthShort(new Bits256(SHA256.HashData([])), 0), new ProxySignedPaymentEmpty()));

    [Fact]
    public void Vector_13_6_Client_authorizeWithProxyShort_has_the_bytes_of_the_network() =>
        Check(GoldenBytes.ClientAuthorizeShort, new ClientAuthorizeWithProxyShort(default));

    [Fact]
    public void Vector_13_6_Http_request_has_the_bytes_of_the_network() => Check(GoldenBytes.HttpRequest, Request);

    [Fact]
    public void Vector_13_6_Http_response_has_the_bytes_of_the_network() => Check(GoldenBytes.HttpResponse, Response);

    [Fact]
    public void Vector_13_6_Client_runQueryEx_has_the_bytes_of_the_network() => Check(
        GoldenBytes.ClientRunQueryEx,
        new ClientRunQueryEx("Qwen/Qwen3-8B", TlSerializer.Serialize(Request), 4000, 1000, 114, ClientRequest, 3, false));

    [Fact]
    public void Vector_13_6_Proxy_runQueryEx_has_the_bytes_of_the_network() => Check(
        GoldenBytes.ProxyRunQueryEx, new ProxyRunQueryEx(TlSerializer.Serialize(Request), Payment, 0, 108.3, WorkerRequest, false));

    [Fact]
    public void Vector_13_6_Proxy_queryAnswerEx_has_the_bytes_of_the_network() =>
        Check(GoldenBytes.ProxyQueryAnswerEx, new ProxyQueryAnswerEx(WorkerRequest, TlSerializer.Serialize(Response), null));

    [Fact]
    public void Vector_13_6_Proxy_queryAnswerPartEx_has_the_bytes_of_the_network() => Check(
        GoldenBytes.ProxyQueryAnswerPartEx,
        new ProxyQueryAnswerPartEx(
            WorkerRequest, "{\"x\":1}\n"u8.ToArray(), new ProxyQueryFinalInfo(new TokensUsed(23, 11, 90, 10, 134), null, 1, 2)));

    [Fact]
    public void Vector_13_6_Client_queryAnswerErrorEx_has_the_bytes_of_the_network() => Check(
        GoldenBytes.ClientQueryAnswerErrorEx,
        new ClientQueryAnswerErrorEx(
            ClientRequest, 651, "no workers for model m", new ClientQueryFinalInfo(new TokensUsed(0, 0, 0, 0, 0), null, null, 1, 2, 0, 0)));

    [Fact]
    public void Vector_13_6_Proxy_workerRequestPayment_has_the_bytes_of_the_network() => Check(
        GoldenBytes.ProxyWorkerRequestPayment, new ProxyWorkerRequestPayment(WorkerRequest, Payment, 134, 134, 134, ClientOwner));

    private static void Check(string bytes, ITlObject value)
    {
        Convert.ToHexStringLower(TlSerializer.Serialize(value)).ShouldBe(bytes);
        var read = TlSerializer.Deserialize(Convert.FromHexString(bytes));
        read.ShouldBeOfType(value.GetType());
        Convert.ToHexStringLower(TlSerializer.Serialize(read)).ShouldBe(bytes);
    }

    private static Bits256 Counting(byte first)
    {
        var bytes = new byte[Bits256.Size];
        for (var i = 0; i < bytes.Length; i++) bytes[i] = (byte)(first + i);
        return new Bits256(bytes);
    }
}
