using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Tl;
using FsCheck;
using FsCheck.Fluent;

namespace Cocoon.Protocol.Tests.Messages;

public sealed class RoundTripTests
{
    public static TheoryData<string> Names() => [.. TlRegistry.Constructors.Select(constructor => constructor.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Any_message_reads_back_as_it_was_written(string name)
    {
        var type = TlRegistry.Constructors.Single(constructor => constructor.Name == name).Type;
        Check(40, seed =>
        {
            var message = new MessageFactory(seed).Create(type);
            var bytes = TlSerializer.Serialize(message);
            var read = TlSerializer.Deserialize(bytes);
            return bytes.Length % 4 == 0 && bytes.Length == TlWriter.Measure(message) && read.GetType() == type
                && Fields(read, message) && TlSerializer.Serialize(read).AsSpan().SequenceEqual(bytes);
        });
    }

    [Theory]
    [InlineData(int.MaxValue + 1L)]
    [InlineData(4_294_967_297L)]
    [InlineData(long.MaxValue)]
    public void Weakness_12_2_13_Prices_above_2_to_the_31_are_written_and_read_whole(long price)
    {
        var config = (RootConfigConfigV5)new MessageFactory(1).Create(typeof(RootConfigConfigV5)) with { PricePerToken = price, WorkerFeePerToken = price - 1 };
        var read = TlSerializer.Deserialize<RootConfigConfigV5>(TlSerializer.Serialize(config));
        (read.PricePerToken, read.WorkerFeePerToken).ShouldBe((price, price - 1));
    }

    private static void Check(int times, Func<uint, bool> property) =>
        Prop.ForAll(ArbMap.Default.ArbFor<uint>(), property).Check(Config.QuickThrowOnFailure.WithMaxTest(times));

    /// <summary>Compares the values, so that a field read into its neighbour's place is noticed.</summary>
    private static bool Fields(object read, object written) =>
        read.GetType().GetProperties().All(property => Same(property.GetValue(read), property.GetValue(written)));

    private static bool Same(object? read, object? written) => (read, written) switch
    {
        (null, null) => true,
        (ITlObject x, ITlObject y) => x.GetType() == y.GetType() && Fields(x, y),
        (ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span),
        (System.Collections.IEnumerable x and not string, System.Collections.IEnumerable y) =>
            x.Cast<object>().Count() == y.Cast<object>().Count() && x.Cast<object>().Zip(y.Cast<object>()).All(pair => Same(pair.First, pair.Second)),
        _ => read is not null && read.Equals(written),
    };
}
