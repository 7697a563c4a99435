using System.Collections.Immutable;
using Cocoon.Attestation.EventLog;
using Cocoon.Attestation.Facts;

namespace Cocoon.Cli.Commands.Attest;

/// <summary>The boot log of a TDX guest, which says much and proves nothing by itself.</summary>
internal sealed class EventLogSubject(CcEventLog log) : AttestSubject
{
    public override string Kind => "boot_log";

    public override ImmutableArray<string> Takes => [];

    public override IEnumerable<EvidenceFact> Describe()
    {
        var registers = log.Replay().Select((value, register) => new EvidenceFact($"RTMR{register}", Convert.ToHexStringLower(value.Span)));
        var events = log.Events.Select(entry => new EvidenceFact(
            $"event {entry.Index}", $"{(entry.IsMeasured ? $"RTMR{entry.Register - 1}" : "not measured")}, {entry.TypeName}, {entry.Description}"));
        return registers.Concat(events);
    }

    /// <summary>What the log says, and whether that is what the registers beside it hold.</summary>
    public IEnumerable<EvidenceFact> DescribeBeside(IReadOnlyList<EvidenceFact> facts)
    {
        var own = Describe().ToArray();
        var compared = own.Where(fact => facts.Any(other => other.Name == fact.Name)).ToArray();
        var different = compared.Except(facts).Select(fact => fact.Name).ToArray();
        var result = compared.Length == 0 ? "there are no registers to compare with"
            : different.Length == 0 ? "replays to the registers"
            : $"replays to others at {string.Join(", ", different)}";
        return own.Select(fact => fact with { Name = "log: " + fact.Name }).Prepend(new EvidenceFact("log", result));
    }

    internal override AttestVerdict Check(AttestDemands demands) => throw new FormatException(
        "A boot log proves nothing by itself. Give the quote of the same guest, and the log with --event-log FILE.");
}
