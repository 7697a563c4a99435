using System.Buffers;
using System.Text;
using Cocoon.Cryptography;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Tl;
using FsCheck;
using FsCheck.Fluent;

namespace Cocoon.Protocol.Tests.Tl;

public sealed class PrimitiveTests
{
    [Theory]
    [InlineData(0, "00000000")]
    [InlineData(1, "01000000")]
    [InlineData(3, "03000000")]
    [InlineData(4, "0400000000000000")]
    public void A_short_byte_string_has_one_length_byte_and_padding(int length, string hex) =>
        Convert.ToHexStringLower(Written(new byte[length])).ShouldBe(hex);

    [Theory]
    [InlineData(253, "fd", 256)]
    [InlineData(254, "fefe0000", 260)]
    [InlineData(0xffffff, "feffffff", 0x1000004)]
    [InlineData(0x1000000, "ff00000001000000", 0x1000008)]
    public void A_longer_byte_string_has_a_longer_prefix(int length, string prefix, int total)
    {
        var bytes = Written(new byte[length]);
        bytes.Length.ShouldBe(total);
        TlWriter.MeasureBytes(length).ShouldBe(total);
        Convert.ToHexStringLower(bytes.AsSpan(0, prefix.Length / 2)).ShouldBe(prefix);
        var reader = new TlReader(bytes);
        reader.ReadBytes().Length.ShouldBe(length);
        reader.EnsureEnd();
    }

    [Fact]
    public void Any_byte_string_reads_back() => Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), value =>
    {
        var reader = new TlReader(Written(value));
        var read = reader.ReadBytes();
        reader.EnsureEnd();
        return read.Span.SequenceEqual(value);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_byte_string_is_a_slice_of_the_input()
    {
        var input = Written([1, 2, 3]);
        var slice = new TlReader(input).ReadBytes();
        input[2] = 9;
        slice.ToArray().ShouldBe([1, 9, 3]);
    }

    [Theory]
    [InlineData("04000000")]
    [InlineData("03aabb")]
    [InlineData("01")]
    [InlineData("fe0000")]
    [InlineData("ffffffff00000000")]
    [InlineData("ff00000000010000")]
    [InlineData("ff0000000000ff00")]
    [InlineData("")]
    public void A_byte_string_that_is_not_all_there_is_refused(string hex) =>
        Should.Throw<TlFormatException>(() => new TlReader(Convert.FromHexString(hex)).ReadBytes());

    [Theory]
    [InlineData("61006200", "a b ")]
    [InlineData("616263c3", "abc")]
    [InlineData("616263e282", "abc")]
    [InlineData("616263f09f99", "abc")]
    [InlineData("6162ff", "ab")]
    [InlineData("ff6162", "")]
    [InlineData("c328", "")]
    [InlineData("80", "")]
    [InlineData("eda080", "")]
    [InlineData("c3bc", "ü")]
    public void A_text_is_made_printable(string hex, string text) =>
        new TlReader(Written(Convert.FromHexString(hex))).ReadString().ShouldBe(text);

    [Fact]
    public void Any_bytes_read_as_a_text_without_nul_that_can_be_written() => Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), value =>
    {
        var text = new TlReader(Written(value)).ReadString();
        return !text.Contains('\0') && !text.Contains('\ufffd') && new TlReader(Written(Encoding.UTF8.GetBytes(text))).ReadString() == text;
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0x997275b5u, true)]
    [InlineData(0xbc799737u, false)]
    [InlineData(0u, null)]
    [InlineData(1u, null)]
    [InlineData(0x3fedd339u, null)]
    public void A_bool_is_one_of_two_ids(uint id, bool? value)
    {
        if (value is { } expected) new TlReader(BitConverter.GetBytes(id)).ReadBool().ShouldBe(expected);
        else Should.Throw<TlFormatException>(() => new TlReader(BitConverter.GetBytes(id)).ReadBool());
    }

    [Fact]
    public void The_highest_flag_is_refused() =>
        Should.Throw<TlFormatException>(() => new TlReader(BitConverter.GetBytes(0x80000000)).ReadFlags());

    [Theory]
    [InlineData(-1)]
    [InlineData(4)]
    [InlineData(int.MaxValue)]
    public void A_count_that_the_bytes_left_cannot_hold_is_refused(int count) =>
        Should.Throw<TlFormatException>(() => new TlReader((byte[])[.. BitConverter.GetBytes(count), .. new byte[15]]).ReadCount(4));

    [Fact]
    public void A_huge_count_of_small_objects_is_refused_before_anything_is_allocated()
    {
        var message = TlSerializer.Serialize(new ClientWorkerTypes([]));
        BitConverter.TryWriteBytes(message.AsSpan(4), int.MaxValue);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Should.Throw<TlFormatException>(() => TlSerializer.Deserialize(message));
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1 << 20);
    }

    [Fact]
    public void Objects_too_deep_within_each_other_are_refused()
    {
        var reader = new TlReader(default);
        for (var i = 0; i < TlReader.MaxDepth; i++) reader.Enter();
        var refused = false;
        try
        {
            reader.Enter();
        }
        catch (TlFormatException)
        {
            refused = true;
        }
        refused.ShouldBeTrue();
    }

    [Fact]
    public void Unknown_flags_are_ignored()
    {
        var message = TlSerializer.Serialize(new ClientQueryAnswerEx(Bits256.Zero, default, null));
        message[^4] = 0xfe;
        TlSerializer.Deserialize<ClientQueryAnswerEx>(message).FinalInfo.ShouldBeNull();
    }

    [Fact]
    public void Fields_under_one_flag_are_set_together_or_not_at_all() =>
        Should.Throw<InvalidOperationException>(() => TlSerializer.Serialize(new ClientParams("x", true, 1, null)));

    [Fact]
    public void A_constructor_of_another_type_is_refused_in_a_field()
    {
        var message = TlSerializer.Serialize(new ClientPaymentStatus(new ProxySignedPaymentEmpty(), 1, 2));
        BitConverter.TryWriteBytes(message.AsSpan(4), TestAnswer.TlId);
        Should.Throw<TlFormatException>(() => TlSerializer.Deserialize(message)).Message.ShouldContain("proxy.SignedPayment");
    }

    [Fact]
    public void A_default_vector_is_an_empty_one() =>
        TlSerializer.Serialize(new ClientWorkerTypes(default)).ShouldBe(TlSerializer.Serialize(new ClientWorkerTypes([])));

    [Fact]
    public void The_text_of_a_message_never_shows_its_contents()
    {
        var header = new HttpHeader("Authorization", "Bearer secret");
        $"{header} {new HttpRequest("GET", "/secret", "HTTP/1.1", [header], default)}".ShouldBe("http.header http.request");
    }

    private static byte[] Written(byte[] value)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new TlWriter(output);
        writer.WriteBytes(value);
        writer.Length.ShouldBe(output.WrittenCount);
        return output.WrittenSpan.ToArray();
    }
}
