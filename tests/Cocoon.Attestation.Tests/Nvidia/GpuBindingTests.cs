using System.Collections.Immutable;
using System.Text;
using Cocoon.Attestation.Nvidia;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Tests.Nvidia;

public sealed class GpuBindingTests
{
    private static readonly Bits256 Occasion = Bits256.Sha256("occasion"u8);
    private static readonly Ed25519PublicKey Key = new(Bits256.Sha256("one machine"u8));

    [Fact]
    public void The_nonce_is_made_of_the_key_and_the_occasion_and_says_which_kind_of_occasion()
    {
        GpuBinding.ToConnection(Key, Occasion).ShouldBe(Bits256.Sha256([.. "cocoon gpu of a connection v1"u8, .. Key.Bits.ToArray(), .. Occasion.ToArray()]));
        GpuBinding.ToNonce(Key, Occasion).ShouldBe(Bits256.Sha256([.. "cocoon gpu for a nonce v1"u8, .. Key.Bits.ToArray(), .. Occasion.ToArray()]));
    }

    [Fact]
    public void The_names_of_GPUs_come_in_one_order_and_each_once()
    {
        var gpus = Gpus("a", "b", "c");
        var names = GpuBinding.DevicesOf(gpus);
        names.ShouldBe(gpus.Select(GpuBinding.DeviceOf).Order());
        GpuBinding.DevicesOf([gpus[2], gpus[0], gpus[1]]).ShouldBe(names);
        Failure([gpus[0], gpus[1], gpus[0]]).ShouldBe($"GPU list check: found the GPU {GpuBinding.DeviceOf(gpus[0])} twice, wanted each once.");
        Failure([.. Enumerable.Repeat(gpus[0], 17)]).ShouldBe("GPU count check: found 17 GPUs, wanted at most 16.");
        Failure([gpus[0] with { Certificates = [] }]).ShouldBe("The GPU's evidence has no certificate.");

        static string Failure(ImmutableArray<GpuEvidence> gpus) => Should.Throw<AttestationException>(() => GpuBinding.DevicesOf(gpus)).Message;
    }

    [Fact]
    public void The_output_of_nvattest_is_read()
    {
        var gpu = new GpuForge().Make();
        var pem = string.Concat(gpu.Certificates.Select(certificate => System.Security.Cryptography.PemEncoding.WriteString("CERTIFICATE", certificate.Span) + "\n"));
        var entry = $$"""{"version":"1.0","arch":"HOPPER","nonce":"00","evidence":"{{Convert.ToBase64String(gpu.Report.Span)}}","certificate":"{{Convert.ToBase64String(Encoding.ASCII.GetBytes(pem))}}"}""";
        var read = Collected($$"""{"evidences":[{{entry}},{{entry}}],"result_code":0,"result_message":"Ok"}""");
        read.Length.ShouldBe(2);
        read[1].Report.ToArray().ShouldBe(gpu.Report.ToArray());
        new GpuForge().Verify(read[0]).FirstFailure.ShouldBeNull();

        Should.Throw<AttestationException>(() => Collected($$"""{"evidences":[{{entry}}],"result_code":7}""")).Message.ShouldBe("nvattest says that it failed with the code 7.");
        Should.Throw<AttestationException>(() => Collected("""{"evidences":[],"result_code":0}""")).Message.ShouldContain("0 GPUs");
        foreach (var other in new[] { "", "[]", "{}", """{"result_code":0}""", """{"result_code":"0"}""", """{"result_code":0,"evidences":[{"evidence":"!","certificate":""}]}""", new string('[', 99) })
            Should.Throw<AttestationException>(() => Collected(other)).Message.ShouldStartWith("The document does not have the form");

        static ImmutableArray<GpuEvidence> Collected(string json) => GpuEvidence.ParseCollected(Encoding.UTF8.GetBytes(json));
    }

    [Fact]
    public async Task A_tool_that_is_not_there_says_what_to_install()
    {
        var exception = await Should.ThrowAsync<AttestationException>(() => new NvattestSource("/nowhere/nvattest").CollectAsync(Bits256.Zero, CancellationToken.None));
        exception.Message.ShouldContain("Install NVIDIA's attestation command line");
        exception = await Should.ThrowAsync<AttestationException>(() => new NvattestSource("false").CollectAsync(Bits256.Zero, CancellationToken.None));
        exception.Message.ShouldContain("ended with 1");
        exception = await Should.ThrowAsync<AttestationException>(() => new NvattestSource("echo").CollectAsync(Bits256.Zero, CancellationToken.None));
        exception.Message.ShouldContain("does not have the form");
    }

    private static ImmutableArray<GpuEvidence> Gpus(params string[] names) => [.. names.Select(name => new GpuForge { Name = name }.Make())];
}
