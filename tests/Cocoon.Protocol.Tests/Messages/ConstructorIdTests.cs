using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Tests.Messages;

public sealed class ConstructorIdTests
{
    private const string Network = """
        bbe9627c tcp.ping
        0bd4302c tcp.pong
        9c17baf8 tcp.packet
        c048c311 tcp.queryAnswer
        4cd2f602 tcp.queryError
        3af51908 tcp.query
        636d41d6 tcp.connected
        a57c4261 tcp.connect
        70c5b15c tokensUsed
        0d4fcdb6 test.answer
        bc3f6da5 ton.blockIdExt
        394e9143 test.query
        40fdca64 client.params
        d5c5609f proxy.params
        869c73ed worker.params
        75d5ac34 client.authorizationWithProxySuccess
        60551c96 client.authorizationWithProxyFailed
        95317ad1 client.connectedToProxy
        aa8a0ecc client.paymentStatus
        d6ffc5af client.proxyConnectionAuthShort
        417bf016 client.proxyConnectionAuthLong
        9b943922 client.queryAnswer
        6d60569a client.queryAnswerError
        cd524720 client.queryAnswerEx
        072562a8 client.queryAnswerErrorEx
        c07bfaec client.queryAnswerPartEx
        b765de4c client.queryAnswerPart
        d790a022 client.queryAnswerPartError
        69a452f0 client.queryFinalInfo
        83aabead client.refund
        cf9d9957 client.refundRejected
        3ea93d00 client.workerInstanceV2
        8210e21c client.workerType
        b27d8197 client.workerTypeV2
        f64e0e01 client.workerTypes
        0cf0dc67 client.workerTypesV2
        c6bcf127 proxy.clientRequestPayment
        d3474303 client.authorizeWithProxyLong
        6c276723 client.authorizeWithProxyShort
        ff5fa0f4 client.connectToProxy
        7f062bdb client.getWorkerTypes
        b2133d72 client.getWorkerTypesV2
        238d863d client.requestRefund
        bc748f32 client.runQuery
        f54cb74b client.runQueryEx
        9ed1c697 client.updatePaymentStatus
        37e5f725 proxy.queryAnswer
        669d014e proxy.queryAnswerError
        1ce574e8 proxy.queryAnswerEx
        8f7fb0a7 proxy.queryAnswerErrorEx
        6d85b50f proxy.queryAnswerPartEx
        72eb00ee proxy.queryAnswerPart
        940e1168 proxy.queryAnswerPartError
        e794e6fc proxy.queryFinalInfo
        02998182 proxy.signedPayment
        b347ce64 proxy.signedPaymentEmpty
        1436c0d5 proxy.workerRequestPayment
        9054c411 worker.compareBalanceWithProxyResult
        66bc82ee worker.connectedToProxy
        b3b71039 worker.enabledDisabled
        0c10973e worker.extendedCompareBalanceWithProxyResult
        3ad9b886 worker.proxyHandshakeCompleted
        6af092b0 worker.newCoefficient
        a88bd701 worker.paymentStatus
        47182416 proxy.runQuery
        c805e7e2 proxy.runQueryEx
        db386501 worker.compareBalanceWithProxy
        cc484c5d worker.connectToProxy
        f8dd9914 worker.extendedCompareBalanceWithProxy
        f843b066 worker.proxyHandshakeComplete
        dc70a524 worker.updatePaymentStatus
        8e9be511 http.header
        1cd0c42b http.response
        47492de5 http.request
        60f4f8e7 keyManager.privateKey
        0ed66ce5 keyManager.privateKeys
        47a9c2de keyManager.getProxyPrivateKeys
        2a26eff5 keyManager.getWorkerPrivateKeys
        87a976cc rootConfig.pseudo
        5e84869b rootConfig.configV5
        9f4e446a rootConfig.registeredProxy
        6cfeaa21 proxyDb.clientInfo
        3078c9bf proxyDb.clientInfoV2
        43dc40b4 proxyDb.configEmpty
        bde43703 proxyDb.configV4
        ad2cfb4a proxyDb.configV4Disabled
        2fae7b42 proxyDb.oldClient
        a8c9e178 proxyDb.oldInstance
        f04156a0 proxyDb.oldWorker
        525b14a9 proxyDb.pendingBlockchainSeqnoCommit
        2517b38f proxyDb.workerInfo
        d3fc2385 keyManagerDb.configEmpty
        6d2817ac keyManagerDb.configV1
        4d0a1e17 keyManagerDb.key
        af0bd51f clientRunner.config
        d7874e40 keyStorageRunner.config
        5bf5e272 proxyRunner.config
        870db56d workerRunner.config
        """;

    public static TheoryData<string, string> Ids()
    {
        var rows = new TheoryData<string, string>();
        foreach (var line in Network.Split('\n', StringSplitOptions.TrimEntries))
            rows.Add(line[9..], line[..8]);
        return rows;
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Every_message_has_the_id_that_the_network_uses(string name, string id) =>
        TlRegistry.Constructors.Single(constructor => constructor.Name == name).Id.ToString("x8").ShouldBe(id);

    [Fact]
    public void Nothing_is_declared_that_the_network_does_not_know() =>
        TlRegistry.Constructors.Select(constructor => constructor.Name).Order(StringComparer.Ordinal)
            .ShouldBe(Network.Split('\n', StringSplitOptions.TrimEntries).Select(line => line[9..]).Order(StringComparer.Ordinal));

    [Fact]
    public void A_declaration_is_written_as_the_schema_language_writes_it()
    {
        TlRegistry.Find(0xbbe9627c)!.Declaration.ShouldBe("tcp.ping id:long = tcp.Packet");
        TlRegistry.Find(0xb27d8197)!.Declaration.ShouldBe("client.workerTypeV2 name:string workers:vector client.workerInstanceV2 = client.WorkerTypeV2");
        TlRegistry.Find(0xcd524720)!.Declaration
            .ShouldBe("client.queryAnswerEx request_id:int256 answer:bytes flags:# final_info:flags.0?client.queryFinalInfo = client.QueryAnswerEx");
    }
}
