using System.Collections;
using System.Reflection;
using Cocoon.Cryptography;
using Cocoon.Protocol.Tl;
using Cocoon.Testing;
using Cocoon.Testing.Tl;
using FsCheck;
using FsCheck.Fluent;

namespace Cocoon.Protocol.Tests.Messages;

/// <summary>The generated codecs against a decoder that walks the schema's text and shares no code with them.</summary>
public sealed class MessageOracleTests
{
    public static TheoryData<string> Names() => [.. TlRegistry.Constructors.Select(constructor => constructor.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Any_message_is_read_as_the_schema_says_and_written_to_the_same_bytes(string name) => ForAll(100, seed =>
    {
        var bytes = TlOracle.Encode(new TlSampler(new SeededRandom(seed), 300).Next(TlSchema.Named(name)));
        Agree(bytes).ShouldBeTrue();
        TlSerializer.Serialize(TlSerializer.Deserialize(bytes)).ShouldBe(bytes);
    });

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_part_of_a_message_is_refused(string name) => ForAll(5, seed =>
    {
        var bytes = TlOracle.Encode(new TlSampler(new SeededRandom(seed)).Next(TlSchema.Named(name)));
        for (var length = 0; length < bytes.Length; length++) Agree(bytes[..length]).ShouldBeFalse();
        Agree([.. bytes, 0]).ShouldBeFalse();
        Agree([.. bytes, 0, 0, 0, 0]).ShouldBeFalse();
    });

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_change_of_one_byte_is_refused_or_read_as_the_schema_says(string name)
    {
        var bytes = TlOracle.Encode(new TlSampler(new SeededRandom(1), 5).Next(TlSchema.Named(name)));
        for (var i = 0; i < bytes.Length; i++)
        {
            var original = bytes[i];
            for (var value = 0; value < 256; value++)
            {
                bytes[i] = (byte)value;
                Agree(bytes);
            }
            bytes[i] = original;
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Any_changes_are_refused_or_read_as_the_schema_says(string name) => ForAll(100, seed =>
    {
        var random = new SeededRandom(seed);
        var sampler = new TlSampler(random, 40);
        var bytes = TlOracle.Encode(sampler.Next(TlSchema.Named(name)));
        var other = TlOracle.Encode(sampler.Next(random.Pick(TlSchema.Declarations)));
        for (var changes = random.Next(5); changes >= 0; changes--) bytes = TlMutations.Next(random, bytes, other);
        Agree(bytes);
    });

    [Fact]
    public void Noise_behind_a_known_id_is_refused_or_read_as_the_schema_says() => ForAll(5000, seed =>
    {
        var random = new SeededRandom(seed);
        var bytes = random.Bytes(4 + random.Next(200));
        BitConverter.TryWriteBytes(bytes, random.Pick(TlSchema.Declarations).Id);
        Agree(bytes);
    });

    private static void ForAll(int times, Action<int> property) =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed => property(seed)).Check(Config.QuickThrowOnFailure.WithMaxTest(times));

    /// <summary>Both refuse the bytes, or both read the same from them and write it to the same bytes.</summary>
    /// <returns>Whether they are a message.</returns>
    private static bool Agree(byte[] bytes)
    {
        var expected = TlOracle.Decode(bytes);
        ITlObject? found = null;
        try
        {
            found = TlSerializer.Deserialize(bytes);
        }
        catch (TlFormatException)
        {
            // One of two good ends.
        }
        if (found is null && expected is null) return false;
        if (found is null || expected is null || !Same(found, expected)) throw Disagreement(bytes, found, expected);
        var written = TlSerializer.Serialize(found);
        if (!written.AsSpan().SequenceEqual(TlOracle.Encode(expected)) || !Same(TlSerializer.Deserialize(written), expected)) throw Disagreement(bytes, found, expected);
        return true;
    }

    private static InvalidOperationException Disagreement(byte[] bytes, ITlObject? found, TlValue? expected) =>
        new($"{Convert.ToHexStringLower(bytes)} is {expected?.Declaration.Name ?? "nothing"} by the schema, found {found}.");

    private static bool Same(object? found, object? expected) => (found, expected) switch
    {
        (null, null) => true,
        (ITlObject message, TlValue value) => SameMessage(message, value),
        (Bits256 hash, byte[] bytes) => hash.ToArray().AsSpan().SequenceEqual(bytes),
        (ReadOnlyMemory<byte> memory, byte[] bytes) => memory.Span.SequenceEqual(bytes),
        (double a, double b) => BitConverter.DoubleToInt64Bits(a) == BitConverter.DoubleToInt64Bits(b),
        (IEnumerable many and not string, List<object?> values) => many.Cast<object>().Count() == values.Count && many.Cast<object>().Zip(values).All(pair => Same(pair.First, pair.Second)),
        _ => found is not null && found.Equals(expected),
    };

    private static bool SameMessage(ITlObject message, TlValue value)
    {
        if (message.ConstructorId != value.Declaration.Id) return false;
        var type = message.GetType();
        // A record's parameters stand in wire order; the flags word is none of them.
        var found = Parameters(type).Select(property => property.GetValue(message)).ToList();
        var expected = value.Fields.Where((_, i) => value.Declaration.Fields[i].Type != "#").ToList();
        return found.Count == expected.Count && found.Zip(expected).All(pair => Same(pair.First, pair.Second));
    }

    private static PropertyInfo[] Parameters(Type type)
    {
        lock (Known)
        {
            if (Known.TryGetValue(type, out var known)) return known;
            var constructor = type.GetConstructors().OrderByDescending(candidate => candidate.GetParameters().Length).First();
            return Known[type] = [.. constructor.GetParameters().Select(parameter => type.GetProperty(parameter.Name!)!)];
        }
    }

    private static readonly Dictionary<Type, PropertyInfo[]> Known = [];
}
