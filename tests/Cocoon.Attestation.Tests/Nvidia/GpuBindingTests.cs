using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Cocoon.Attestation.Nvidia;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Tests.Nvidia;

public sealed class GpuBindingTests
{
    private static readonly Bits256 Challenge = Bits256.Sha256("challenge"u8);

    private readonly Ed25519PrivateKey _key = Ed25519PrivateKey.FromSeed(SHA256.HashData("one machine"u8));
    private readonly Ed25519PrivateKey _stranger = Ed25519PrivateKey.FromSeed(SHA256.HashData("another machine"u8));

    [Fact]
    public void The_nonce_is_made_of_the_key_and_the_challenge()
    {
        byte[] message = [.. "cocoon gpu v1"u8, .. _key.PublicKey.Bits.ToArray(), .. Challenge.ToArray()];
        GpuBinding.NonceFor(_key.PublicKey, Challenge).ShouldBe(Bits256.Sha256(message));
        GpuBinding.ReportDataFor(_key.PublicKey).ShouldBe(TeeMeasurements.ReportDataOf(_key.PublicKey));
    }

    [Fact]
    public void GPUs_that_their_machine_lists_are_believed()
    {
        var gpus = Gpus(_key, "a", "b");
        var list = GpuDeviceList.Parse(Sign(_key, gpus).ToBytes());
        GpuBinding.Verify(_key.PublicKey, Challenge, list, gpus).FirstFailure.ShouldBeNull();
        // Their order means nothing.
        GpuBinding.Verify(_key.PublicKey, Challenge, list, [gpus[1], gpus[0]]).IsValid.ShouldBeTrue();
    }

    [Fact]
    public void The_nonce_of_the_binding_is_the_one_that_the_GPU_signed()
    {
        var forge = new GpuForge();
        var nonce = GpuBinding.NonceFor(_key.PublicKey, Challenge).ToArray();
        forge.Verify(forge.Make(nonce), nonce: nonce).IsValid.ShouldBeTrue();
        forge.Verify(forge.Make(nonce), nonce: GpuBinding.NonceFor(_stranger.PublicKey, Challenge).ToArray()).IsValid.ShouldBeFalse();
    }

    [Fact]
    public void Negative_GPU_evidence_of_another_VM()
    {
        // It was asked for the other machine's key.
        var foreign = Gpus(_stranger, "a");
        Failure(Sign(_key, foreign), foreign).ShouldStartWith("GPU 0 nonce check: ");
        // The other machine's list does not help either.
        Failure(Sign(_stranger, foreign), foreign).ShouldStartWith("GPU list signature check: ");
        // A GPU that answered the right nonce and is not on the list.
        Failure(Sign(_key, Gpus(_key, "a")), Gpus(_key, "b")).ShouldStartWith("GPU list check: ");
    }

    [Fact]
    public void A_missing_GPU_and_one_that_is_counted_twice_are_refused()
    {
        var gpus = Gpus(_key, "a", "b");
        Failure(Sign(_key, gpus), [gpus[0]]).ShouldStartWith("GPU list check: ");
        Failure(Sign(_key, gpus), [gpus[0], gpus[0]]).ShouldStartWith("GPU list check: ");
        Failure(Sign(_key, [gpus[0]]), [gpus[0], gpus[0]]).ShouldStartWith("GPU list check: ");
        Failure(Sign(_key, gpus), default).ShouldContain("found no GPU");
    }

    [Fact]
    public void Negative_replayed_GPU_list_of_an_earlier_challenge()
    {
        var gpus = Gpus(_key, "a");
        var old = GpuDeviceList.Sign(_key, Bits256.Zero, gpus.Select(GpuBinding.DeviceOf));
        Failure(old, gpus).ShouldStartWith("GPU list signature check: ");
    }

    [Fact]
    public void No_bit_of_a_list_can_be_changed()
    {
        var gpus = Gpus(_key, "a", "b");
        var bytes = Sign(_key, gpus).ToBytes();
        for (var index = 0; index < bytes.Length; index++)
        {
            var changed = bytes.ToArray();
            changed[index] ^= (byte)(1 << (index % 8));
            try
            {
                GpuBinding.Verify(_key.PublicKey, Challenge, GpuDeviceList.Parse(changed), gpus).IsValid.ShouldBeFalse($"byte {index}");
            }
            catch (AttestationException)
            {
                continue;
            }
        }
        Should.Throw<AttestationException>(() => GpuDeviceList.Parse([]));
        Should.Throw<AttestationException>(() => GpuDeviceList.Parse([.. bytes, 0]));
        Should.Throw<AttestationException>(() => GpuDeviceList.Parse([65, .. new byte[65 * 32 + 64]])).Message.ShouldContain("at most 64");
    }

    [Fact]
    public void Evidence_that_cannot_be_read_is_refused()
    {
        var gpus = Gpus(_key, "a");
        Failure(Sign(_key, gpus), [gpus[0] with { Certificates = [] }]).ShouldStartWith("GPU list check: found The GPU's evidence has no certificate");
        Failure(Sign(_key, gpus), [gpus[0] with { Report = new byte[5] }]).ShouldStartWith("GPU 0 nonce check: found A GPU report of 5 bytes");
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

    private static ImmutableArray<GpuEvidence> Gpus(Ed25519PrivateKey key, params string[] names) =>
        [.. names.Select(name => new GpuForge { Name = name }.Make(GpuBinding.NonceFor(key.PublicKey, Challenge).ToArray()))];

    private static GpuDeviceList Sign(Ed25519PrivateKey key, ImmutableArray<GpuEvidence> gpus) => GpuDeviceList.Sign(key, Challenge, gpus.Select(GpuBinding.DeviceOf));

    private string Failure(GpuDeviceList list, ImmutableArray<GpuEvidence> gpus) => GpuBinding.Verify(_key.PublicKey, Challenge, list, gpus).FirstFailure!;
}
