using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Cocoon.Attestation;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.Nvidia;
using Cocoon.Attestation.Policies;
using Cocoon.Cryptography;

namespace Cocoon.Cli.Commands.Attest;

/// <summary>The options of verification, and how they are read.</summary>
internal sealed class AttestOptionSet
{
    private readonly Option<string?> _collateral = new("--collateral") { Description = "For quotes: what Intel publishes about the platform, the JSON file form." };
    private readonly Option<string[]> _acceptStatus = new("--accept-status")
    {
        Description = "For quotes: statuses of the platform that are good enough, such as OutOfDate. Default: UpToDate.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    private readonly Option<bool> _simulated = new("--simulated") { Description = "For quotes and reports: trust the root of simulated platforms. This proves nothing; it is for tests." };
    private readonly Option<string[]> _rim = new("--rim")
    {
        Description = "For GPUs: NVIDIA's manifests of the driver and of the VBIOS, in this order.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string[]> _crl = new("--crl")
    {
        Description = "For SEV-SNP and GPUs: the vendor's revocation lists, PEM or DER. Given any, every issuer that publishes one needs one.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string?> _nonce = new("--nonce") { Description = "For reports of a gateway and for GPUs: what they were asked with, 64 hexadecimal digits." };
    private readonly Option<string?> _policy = new("--policy") { Description = "The policy file, or the name of a policy, that the evidence is held to. Default: the strictest of the evidence's kind." };
    private readonly Option<string?> _time = new("--time") { Description = "The time at which everything has to be valid, ISO 8601. Default: now." };
    private readonly Option<string?> _reportData = new("--report-data") { Description = "What the report data has to be, 128 hexadecimal digits. Default: bound to the certificate's key." };
    private readonly Option<string?> _key = new("--key")
    {
        Description = "The Ed25519 key that the report data has to be bound to, 64 hexadecimal digits; for reports of a gateway, the worker's key of the answer's header.",
    };

    private readonly Option<string[]> _proxyImage = Images("proxy");
    private readonly Option<string[]> _workerImage = Images("worker");

    private IEnumerable<Option> All => [_policy, _collateral, _acceptStatus, _simulated, _rim, _crl, _nonce, _time, _reportData, _key, _proxyImage, _workerImage];

    public void AddTo(Command command)
    {
        foreach (var option in All) command.Options.Add(option);
    }

    /// <summary>Reads them.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="others">Options beside these that were given.</param>
    /// <exception cref="FormatException">A value is not what it has to be.</exception>
    /// <exception cref="AttestationException">A file is not what it has to be.</exception>
    public AttestDemands Read(ParseResult parsed, IEnumerable<Option> others)
    {
        var given = All.Where(option => parsed.GetResult(option) is { Implicit: false }).Concat(others);
        if (parsed.GetValue(_policy) is not null && (parsed.GetValue(_simulated) || parsed.GetValue(_acceptStatus) is { Length: > 0 }))
            throw new FormatException("--policy says which platforms are accepted, simulated ones among them; leave --accept-status and --simulated out.");
        Ed25519PublicKey? key = parsed.GetValue(_key) is { } text ? new Ed25519PublicKey(new Bits256(Hex("--key", text, Bits256.Size))) : null;
        return new AttestDemands
        {
            Key = key,
            Policy = parsed.GetValue(_policy) is { } policy ? ReadPolicy(policy) : null,
            Given = [.. given.Select(option => option.Name)],
            Time = Time(parsed.GetValue(_time)),
            ReportData = ReportData(parsed.GetValue(_reportData), key),
            Collateral = parsed.GetValue(_collateral) is { } collateral ? DcapCollateral.ParseJson(AttestInput.ReadFile(collateral)) : null,
            AcceptedStatuses = parsed.GetValue(_acceptStatus) is { Length: > 0 } accepted ? [.. accepted.Select(Status)] : null,
            Simulated = parsed.GetValue(_simulated),
            Manifests = [.. parsed.GetValue(_rim)!.Select(path => RimFile.Parse(AttestInput.ReadFile(path)))],
            RevocationLists = AttestInput.ReadRevocationLists(parsed.GetValue(_crl)!),
            Nonce = parsed.GetValue(_nonce) is { } nonce ? Hex("--nonce", nonce, GpuReport.NonceSize) : null,
            ProxyImages = ImagesOf(parsed, _proxyImage),
            WorkerImages = ImagesOf(parsed, _workerImage),
        };
    }

    private static Option<string[]> Images(string role) => new($"--{role}-image")
    {
        Description = $"For reports of a gateway: the images of which the {role} has to run one, each 64 hexadecimal digits.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    private static ImmutableArray<Bits256> ImagesOf(ParseResult parsed, Option<string[]> option) =>
        [.. parsed.GetValue(option)!.Select(image => new Bits256(Hex(option.Name, image, Bits256.Size)))];

    private static EvidenceRules ReadPolicy(string name)
    {
        try
        {
            var rules = EvidencePolicies.Read(name);
            return rules.Kinds.IsEmpty ? throw new FormatException($"--policy: '{name}' asks for no evidence, so there is nothing to verify.") : rules;
        }
        catch (ArgumentException exception)
        {
            throw new FormatException($"--policy: {exception.Message}");
        }
    }

    private static DateTimeOffset Time(string? text) => text is null
        ? TimeProvider.System.GetUtcNow()
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw new FormatException($"--time: found '{text}', wanted a time such as 2025-07-01T00:00:00Z.");

    private static byte[]? ReportData(string? reportData, Ed25519PublicKey? key) => (reportData, key) switch
    {
        (null, null) => null,
        ({ } data, null) => Hex("--report-data", data, TeeMeasurements.ReportDataSize),
        (null, { } bound) => TeeMeasurements.ReportDataOf(bound),
        _ => throw new FormatException("--report-data and --key say the same thing in two ways; give one of them."),
    };

    private static TcbStatus Status(string text) =>
        Enum.GetNames<TcbStatus>().FirstOrDefault(name => string.Equals(name, text, StringComparison.OrdinalIgnoreCase)) is { } known && known != nameof(TcbStatus.Revoked)
            ? Enum.Parse<TcbStatus>(known)
            : throw new FormatException(
                $"--accept-status: found '{text}', wanted one of {string.Join(", ", Enum.GetValues<TcbStatus>().Except([TcbStatus.Revoked]))}.");

    private static byte[] Hex(string option, string text, int size) =>
        text.Length == 2 * size && text.All(char.IsAsciiHexDigit)
            ? Convert.FromHexString(text)
            : throw new FormatException($"{option}: found {text.Length} characters, wanted {2 * size} hexadecimal digits.");
}
