using System.Diagnostics;
using Cocoon.Protocol.Tl;
using Cocoon.Testing;
using Cocoon.Testing.Tl;

namespace Cocoon.Fuzz;

/// <summary>Holds every message's codec against the decoder that walks the schema.</summary>
internal static class CodecCampaign
{
    public static StateResult Run(FuzzOptions options, TlDeclaration declaration)
    {
        var random = new SeededRandom(options.Seed ^ declaration.Id);
        var sampler = new TlSampler(random, 80);
        var clock = Stopwatch.StartNew();
        var ends = new Dictionary<string, long> { ["read"] = 0, ["refused"] = 0 };
        var sent = 0L;
        string? failure = null;
        for (; sent < options.Packets && failure is null && !(clock.Elapsed > options.Time / TlSchema.Declarations.Count); sent++)
        {
            var bytes = TlOracle.Encode(sampler.Next(declaration));
            for (var changes = random.Next(6); changes > 0; changes--)
                bytes = TlMutations.Next(random, bytes, TlOracle.Encode(sampler.Next(random.Pick(TlSchema.Declarations))));
            try
            {
                ends[Agree(bytes) ? "read" : "refused"]++;
            }
            catch (Exception exception)
            {
                failure = $"{Convert.ToHexStringLower(bytes)}: {exception}";
            }
        }
        return new StateResult("codec", declaration.Name, sent, clock.Elapsed.TotalSeconds, 0, ends, 0, 2, 0, 0, 0, 0, failure);
    }

    private static bool Agree(byte[] bytes)
    {
        var expected = TlOracle.Decode(bytes);
        ITlObject found;
        try
        {
            found = TlSerializer.Deserialize(bytes);
        }
        catch (TlFormatException)
        {
            return expected is null ? false : throw new FuzzException($"refused, the schema reads {expected.Declaration.Name}");
        }
        if (expected is null) throw new FuzzException($"read as {found}, the schema refuses it");
        // What both write is the same only if both read the same.
        var written = TlSerializer.Serialize(found);
        if (!written.AsSpan().SequenceEqual(TlOracle.Encode(expected))) throw new FuzzException($"{found} is written otherwise than the schema says");
        return true;
    }
}
