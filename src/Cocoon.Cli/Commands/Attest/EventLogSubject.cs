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

    internal override AttestVerdict Check(AttestDemands demands) => throw new FormatException(
        "A boot log proves nothing by itself. Give the quote of the same guest, and the log with --event-log FILE.");
}
