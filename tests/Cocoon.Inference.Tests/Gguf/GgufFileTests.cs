using System.Buffers.Binary;
using Cocoon.Inference.Gguf;
using Cocoon.Inference.Llama;
using Cocoon.Trainer.Export;

namespace Cocoon.Inference.Tests.Gguf;

public sealed class GgufFileTests
{
    [Fact]
    public void What_was_written_reads_back()
    {
        var writer = new GgufWriter();
        writer.Add("a.text", "grün");
        writer.Add("a.count", 4_000_000_000u);
        writer.Add("a.number", 0.25f);
        writer.Add("a.flag", true);
        writer.Add("a.texts", (string[])["x", "", "yz"]);
        writer.Add("a.counts", (int[])[-1, 2]);
        writer.AddTensor("single", [3], GgufTensorType.F32, [1, -2.5f, 1e-30f]);
        writer.AddTensor("half", [2, 3], GgufTensorType.F16, [1, 2, 3, 4, 5, -0.5f]);

        var file = Read(writer);

        file.GetString("a.text").ShouldBe("grün");
        file.FindInteger("a.count").ShouldBe(4_000_000_000);
        file.FindNumber("a.number").ShouldBe(0.25);
        file.FindBoolean("a.flag").ShouldBe(true);
        file.GetStrings("a.texts").ShouldBe(["x", "", "yz"]);
        file.FindIntegers("a.counts").ShouldBe([-1, 2]);
        file.FindString("absent").ShouldBeNull();
        file.ReadTensor("single", 3).ShouldBe([1, -2.5f, 1e-30f]);
        file.ReadTensor("half", 2, 3).ShouldBe([1, 2, 3, 4, 5, -0.5f]);
    }

    [Fact]
    public void A_value_of_another_type_is_refused_by_name()
    {
        var writer = new GgufWriter();
        writer.Add("a", "text");
        var file = Read(writer);
        Should.Throw<GgufFormatException>(() => file.FindInteger("a")).Message.ShouldContain("'a'");
        Should.Throw<GgufFormatException>(() => file.GetString("b")).Message.ShouldContain("'b'");
    }

    [Fact]
    public void A_tensor_of_another_shape_is_refused()
    {
        var writer = new GgufWriter();
        writer.AddTensor("t", [2, 3], GgufTensorType.F16, new float[6]);
        Should.Throw<GgufFormatException>(() => Read(writer).ReadTensor("t", 3, 2)).Message.ShouldContain("[2, 3]");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_weight_that_is_no_finite_number_is_refused(float weight)
    {
        var writer = new GgufWriter();
        writer.AddTensor("t", [2], GgufTensorType.F16, [1, weight]);
        Should.Throw<GgufFormatException>(() => Read(writer).ReadTensor("t", 2)).Message.ShouldContain("finite");
    }

    [Fact]
    public void A_key_or_tensor_named_twice_is_refused()
    {
        var keys = new GgufWriter();
        keys.Add("a", 1u);
        keys.Add("a", 2u);
        Should.Throw<GgufFormatException>(() => Read(keys)).Message.ShouldContain("twice");
        var tensors = new GgufWriter();
        tensors.AddTensor("t", [1], GgufTensorType.F32, [1]);
        tensors.AddTensor("t", [1], GgufTensorType.F32, [1]);
        Should.Throw<GgufFormatException>(() => Read(tensors)).Message.ShouldContain("twice");
    }

    [Theory]
    [InlineData(8, ulong.MaxValue / 2)]
    [InlineData(8, 60_000)]
    [InlineData(16, ulong.MaxValue)]
    [InlineData(16, 60_000)]
    public void A_count_that_the_file_cannot_hold_is_refused_before_memory_is_taken_for_it(int position, ulong count)
    {
        var bytes = TestModels.Small.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(position), count);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Should.Throw<GgufFormatException>(() => GgufFile.Read(new MemoryStream(bytes)));
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1 << 20);
    }

    [Fact]
    public void A_file_cut_short_anywhere_is_refused()
    {
        var whole = TestModels.Small;
        Property.Holds(300, random => IsRefused(whole.AsSpan(0, random.Next(whole.Length - 31)).ToArray()));
        IsRefused([]).ShouldBeTrue();
    }

    [Fact]
    public void A_changed_header_is_refused_or_still_a_model()
    {
        var whole = TestModels.Small;
        var headerLength = (int)GgufFile.Read(new MemoryStream(whole)).Tensors["token_embd.weight"].Position;
        Property.Holds(1500, random =>
        {
            var bytes = whole.ToArray();
            for (var changes = random.Next(4); changes >= 0; changes--)
                bytes[random.Next(headerLength)] = (byte)random.NextBits();
            IsRefused(bytes);
            return true;
        });
    }

    [Fact]
    public void A_model_with_tensors_that_the_engine_would_leave_out_is_refused()
    {
        var bytes = TestModels.Small.ToArray();
        var layers = bytes.AsSpan().IndexOf("llama.block_count"u8) + "llama.block_count".Length + 4;
        bytes[layers].ShouldBe((byte)2);
        bytes[layers] = 1;
        Should.Throw<GgufFormatException>(() => TestModels.Load(bytes)).Message.ShouldContain("knows 11");
    }

    [Fact]
    public void A_model_of_another_architecture_is_refused()
    {
        var bytes = TestModels.Small.ToArray();
        "lhama"u8.CopyTo(bytes.AsSpan(bytes.AsSpan().IndexOf("general.architecture"u8) + "general.architecture".Length + 12));
        Should.Throw<GgufFormatException>(() => TestModels.Load(bytes)).Message.ShouldContain("'lhama'");
    }

    [Fact]
    public void A_model_larger_than_the_limit_is_refused() =>
        Should.Throw<GgufFormatException>(() => LlamaModel.Load(new MemoryStream(TestModels.Small), maxWeightBytes: 1000)).Message.ShouldContain("limit");

    /// <summary>Whether loading refuses the file; any exception but the one for it fails the test.</summary>
    private static bool IsRefused(byte[] bytes)
    {
        try
        {
            TestModels.Load(bytes);
            return false;
        }
        catch (GgufFormatException)
        {
            return true;
        }
    }

    private static GgufFile Read(GgufWriter writer) => GgufFile.Read(Stream(writer));

    private static MemoryStream Stream(GgufWriter writer)
    {
        var stream = new MemoryStream();
        writer.Write(stream);
        return stream;
    }
}
