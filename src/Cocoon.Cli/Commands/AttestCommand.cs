using System.CommandLine;
using Cocoon.Attestation.EventLog;
using Cocoon.Cli.Commands.Attest;
using Cocoon.Protocol.ProofOfWork;

namespace Cocoon.Cli.Commands;

/// <summary><c>cocoon attest</c>: what evidence of hardware says, and whether to believe it.</summary>
internal static class AttestCommand
{
    public static Command Create() => new("attest", "Shows and verifies evidence of hardware: quotes, reports, certificates, or what a port presents.") { Show(), Verify() };

    private static Command Show()
    {
        var source = new Source();
        var json = CommonOptions.Json();
        var command = new Command("show", "Prints what evidence says, register by register, without judging it.") { json };
        source.AddTo(command);
        command.Run(
            async (parsed, cancellationToken) =>
            {
                var subject = await source.ReadAsync(parsed, cancellationToken).ConfigureAwait(false);
                var facts = subject.Describe().ToList();
                if (source.ReadLog(parsed) is { } log) facts.AddRange(new EventLogSubject(log).DescribeBeside(facts));
                AttestPrinter.Print(parsed.GetValue(source.Input)!, subject.Kind, facts, parsed.GetValue(json));
                return 0;
            },
            CommandRun.Misused);
        return command;
    }

    private static Command Verify()
    {
        var source = new Source();
        var options = new AttestOptionSet();
        var json = CommonOptions.Json();
        var command = new Command("verify", "Verifies evidence and prints every check. Ends with 0 when all passed, 1 when one failed, 2 when there is nothing to judge.") { json };
        source.AddTo(command);
        options.AddTo(command);
        command.Run(
            async (parsed, cancellationToken) =>
            {
                var demands = options.Read(parsed, source.Given(parsed)) with { EventLog = source.ReadLog(parsed) };
                var subject = await source.ReadAsync(parsed, cancellationToken).ConfigureAwait(false);
                var verdict = subject.Verify(demands);
                AttestPrinter.Print(parsed.GetValue(source.Input)!, demands.Time, verdict, parsed.GetValue(json));
                return verdict.Passed ? 0 : CommandRun.Failed;
            },
            CommandRun.Misused);
        return command;
    }

    /// <summary>Where evidence comes from; the same for both.</summary>
    private sealed class Source
    {
        private readonly Option<string?> _chain = new("--chain") { Description = "For a GPU's bare report: the chain of its key, PEM." };
        private readonly Option<string[]> _certificates = new("--certificates")
        {
            Description = "For SEV-SNP: AMD's certificates that did not come with the report (VCEK, ASK, ARK), PEM or DER.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };

        private readonly Option<string?> _eventLog = new("--event-log") { Description = "For TDX quotes: the guest's boot log (CCEL), replayed and compared with the registers." };
        private readonly Option<int> _maxDifficulty = new("--max-difficulty")
        {
            Description = "For host:port: the hardest proof of work that is done, in leading zero bits.",
            DefaultValueFactory = _ => ProofOfWork.DefaultMaxDifficulty,
        };

        public Argument<string> Input { get; } = new("input") { Description = "File with evidence, told by its content, or host:port of a node." };

        public void AddTo(Command command)
        {
            command.Arguments.Add(Input);
            command.Options.Add(_chain);
            command.Options.Add(_certificates);
            command.Options.Add(_eventLog);
            command.Options.Add(_maxDifficulty);
        }

        /// <summary>The options that were given and mean something for some kinds of evidence only.</summary>
        public IEnumerable<Option> Given(ParseResult parsed) => new Option[] { _chain, _certificates, _eventLog }.Where(option => parsed.GetResult(option) is { Implicit: false });

        public CcEventLog? ReadLog(ParseResult parsed) => parsed.GetValue(_eventLog) is { } path ? CcEventLog.Parse(AttestInput.ReadFile(path)) : null;

        public async Task<AttestSubject> ReadAsync(ParseResult parsed, CancellationToken cancellationToken)
        {
            var input = parsed.GetValue(Input)!;
            var bytes = !File.Exists(input) && AttestPort.TryParse(input) is { } port
                ? await port.FetchCertificateAsync(parsed.GetValue(_maxDifficulty), cancellationToken).ConfigureAwait(false)
                : AttestInput.ReadFile(input);
            var chain = parsed.GetValue(_chain) is { } path ? AttestInput.ReadCertificates([path]) : [];
            return new AttestInput(input, chain, AttestInput.ReadCertificates(parsed.GetValue(_certificates)!)).Recognise(bytes);
        }
    }
}
