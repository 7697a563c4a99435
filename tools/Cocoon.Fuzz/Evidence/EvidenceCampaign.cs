using System.Diagnostics;
using Cocoon.Attestation;
using Cocoon.Testing;
using Cocoon.Testing.Tl;

namespace Cocoon.Fuzz.Evidence;

/// <summary>Gives changed evidence to a reader and the verifier behind it.</summary>
internal static class EvidenceCampaign
{
    private const int MaxKept = 256;
    private const int MostChanges = 4;

    // Reading may take this many bytes for each byte of input; what is fixed are keys, chains and canonical forms of what is not changed.
    private const int BytesEach = 128;
    private const int FixedBytes = 2 * 1024 * 1024;

    // A hundred times what the slowest takes; less would blame the reader for what else the machine does.
    private static readonly TimeSpan LongestTime = TimeSpan.FromSeconds(5);

    public static StateResult Run(FuzzOptions options, EvidenceTarget target, int targets)
    {
        var random = new SeededRandom(options.Seed ^ target.Name.Aggregate(17L, (hash, letter) => (hash * 31) + letter));
        var ends = new Dictionary<string, long> { ["believed"] = 0, ["refused"] = 0 };
        var outcomes = new Outcomes();
        var kept = new List<byte[]>(target.Samples);
        var sent = 0L;
        string? failure = null;
        // What is believed must be what was signed, so the untouched samples say all there is to believe; they also load what is loaded once.
        var signed = target.Samples.Select(target.Judge).ToHashSet();
        if (!target.ProvesNothing && signed.Contains(null)) throw new FuzzException($"the {target.Name} is not believed as it is");
        var clock = Stopwatch.StartNew();
        for (; sent < options.Packets && failure is null && !(clock.Elapsed > options.Time / targets); sent++)
        {
            var bytes = random.Pick(kept);
            // One change gets furthest: past the form, to what is signed.
            for (var changes = random.Next(2) * random.Next(MostChanges); changes >= 0; changes--) bytes = TlMutations.Next(random, bytes, random.Pick(kept));
            try
            {
                var (believed, reason) = Judge(target, bytes);
                ends[believed is null ? "refused" : "believed"]++;
                if (believed is not null && !signed.Contains(believed)) throw new FuzzException($"believed what nobody signed: {believed}");
                if (outcomes.IsNew([reason])) Keep(bytes);
            }
            catch (Exception exception)
            {
                failure = $"{Convert.ToHexStringLower(bytes)}: {exception}";
            }
        }
        return new StateResult("evidence", target.Name, sent, clock.Elapsed.TotalSeconds, 0, ends, 0, outcomes.Kinds, 0, 0, 0, 0, failure);

        void Keep(byte[] bytes)
        {
            if (kept.Count < MaxKept) kept.Add(bytes);
            else kept[target.Samples.Length + random.Next(MaxKept - target.Samples.Length)] = bytes;
        }
    }

    private static (string? Believed, string Reason) Judge(EvidenceTarget target, byte[] bytes)
    {
        var started = Stopwatch.GetTimestamp();
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        string? believed = null;
        var reason = "";
        try
        {
            believed = target.Judge(bytes);
        }
        catch (AttestationException exception)
        {
            reason = exception.Message;
        }
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        if (allocated > ((long)BytesEach * bytes.Length) + FixedBytes) throw new FuzzException($"{allocated} bytes were allocated for {bytes.Length}");
        var elapsed = Stopwatch.GetElapsedTime(started);
        if (elapsed > LongestTime) throw new FuzzException($"it took {elapsed.TotalSeconds:F1} s");
        return (believed, reason);
    }
}
