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
    [MemberData(nameof(Names))]
    public void A_changed_message_is_refused_or_reads_as_some_message(string name)
    {
        var type = TlRegistry.Constructors.Single(constructor => constructor.Name == name).Type;
        Check(60, seed =>
        {
            var factory = new MessageFactory(seed);
            var bytes = TlSerializer.Serialize(factory.Create(type));
            for (var changes = factory.Next(4); changes >= 0; changes--) bytes[factory.Next(bytes.Length)] = factory.Bytes(1)[0];
            return IsHarmless(bytes);
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_message_cut_short_or_made_longer_is_refused(string name)
    {
        var type = TlRegistry.Constructors.Single(constructor => constructor.Name == name).Type;
        Check(20, seed =>
        {
            var factory = new MessageFactory(seed);
            var bytes = TlSerializer.Serialize(factory.Create(type));
            return IsRefused(bytes.AsMemory(0, factory.Next(bytes.Length))) && IsRefused((byte[])[.. bytes, 0]) && IsRefused((byte[])[.. bytes, 0, 0, 0, 0]);
        });
    }

    [Fact]
    public void Noise_is_refused_or_reads_as_some_message() => Check(2000, seed =>
    {
        var factory = new MessageFactory(seed);
        var bytes = factory.Bytes(factory.Next(200));
        if (bytes.Length >= 4)
            BitConverter.TryWriteBytes(bytes, TlRegistry.Constructors[factory.Next(TlRegistry.Constructors.Length)].Id);
        return IsHarmless(bytes);
    });

    private static void Check(int times, Func<uint, bool> property) =>
        Prop.ForAll(ArbMap.Default.ArbFor<uint>(), property).Check(Config.QuickThrowOnFailure.WithMaxTest(times));

    private static bool IsHarmless(byte[] bytes)
    {
        try
        {
            // What was accepted must be writable again, or a relay could be stopped by what it relays.
            TlSerializer.Serialize(TlSerializer.Deserialize(bytes));
        }
        catch (TlFormatException)
        {
        }
        return true;
    }

    private static bool IsRefused(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            TlSerializer.Deserialize(bytes);
            return false;
        }
        catch (TlFormatException)
        {
            return true;
        }
    }

    /// <summary>Compares the values, so that a field read into its neighbour's place is noticed.</summary>
    private static bool Fields(object read, object written)
    {
        foreach (var property in read.GetType().GetProperties())
        {
            var (a, b) = (property.GetValue(read), property.GetValue(written));
            var same = (a, b) switch
            {
                (null, null) => true,
                (ITlObject x, ITlObject y) => x.GetType() == y.GetType() && Fields(x, y),
                (ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span),
                (System.Collections.IEnumerable x and not string, System.Collections.IEnumerable y) =>
                    x.Cast<object>().Count() == y.Cast<object>().Count()
                    && x.Cast<object>().Zip(y.Cast<object>()).All(pair => pair.First is ITlObject ? Fields(pair.First, pair.Second) : pair.First.Equals(pair.Second)),
                _ => a is not null && a.Equals(b),
            };
            if (!same) return false;
        }
        return true;
    }
}
