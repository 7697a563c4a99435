using System.Collections.Immutable;
using System.Text.Json;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.Nvidia;
using Cocoon.Attestation.Quotes;
using Cocoon.Attestation.SevSnp;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Policies;

/// <summary>
/// Reads policy files: JSON that says what is wanted of a peer, key by key as docs/attestation-policy.md lists them. A key that is absent wants what the
/// policies by name want; a key that is not known is refused.
/// </summary>
public static class EvidencePolicyFile
{
    /// <summary>The largest file in bytes.</summary>
    public const int MaxSize = 1024 * 1024;

    private const int MaxDepth = 6;
    private const int MaxVersionLength = 64;
    private const int MaxPathLength = 4096;
    private static readonly IReadOnlyDictionary<string, EvidenceKind> Kinds = EvidenceKindExtensions.Named.ToDictionary(kind => kind.Name());
    private static readonly IReadOnlyDictionary<string, TcbStatus> Statuses =
        Enum.GetValues<TcbStatus>().Where(status => status != TcbStatus.Revoked).ToDictionary(TcbStatuses.Name);

    private static readonly IReadOnlyDictionary<string, SnpProduct> Products = Enum.GetValues<SnpProduct>().ToDictionary(NameOf);

    private static readonly Dictionary<string, EvidenceTier> Tiers = new()
    {
        ["none"] = EvidenceTier.None,
        ["test"] = EvidenceTier.Test,
        ["confidential_cpu"] = EvidenceTier.ConfidentialCpu,
        ["confidential_cpu_and_gpu"] = EvidenceTier.ConfidentialCpuAndGpu,
    };

    private static readonly Dictionary<string, FreshnessRule> Freshnesses = new()
    {
        ["version_3"] = FreshnessRule.Version3,
        ["required"] = FreshnessRule.Required,
        ["off"] = FreshnessRule.Off,
    };

    /// <summary>Reads a file.</summary>
    /// <param name="file">Its path, which becomes the policy's name.</param>
    /// <exception cref="AttestationException">It cannot be read or used; the message names the file, the key, what was found and what was wanted.</exception>
    public static EvidenceRules Read(string file)
    {
        ArgumentNullException.ThrowIfNull(file);
        try
        {
            var length = new FileInfo(file).Length;
            if (length > MaxSize) throw new AttestationException($"'{file}': the file: found {length} bytes, wanted at most {MaxSize}.");
            using var document = JsonDocument.Parse(File.ReadAllBytes(file), new JsonDocumentOptions { MaxDepth = MaxDepth });
            return Read(file, new PolicyObject(file, "", document.RootElement));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or NotSupportedException)
        {
            throw new AttestationException($"'{file}': the file: found one that cannot be read: {exception.Message.TrimEnd('.')}; wanted a policy file, JSON.", exception);
        }
    }

    private static EvidenceRules Read(string file, PolicyObject root)
    {
        var rules = new EvidenceRules
        {
            Name = file,
            Kinds = root.Words("kinds", Kinds) ?? throw root.Refuse("kinds", "nothing", $"a list of some of {string.Join(", ", Kinds.Keys)}"),
            Images = new ImageAllowList([.. root.Hashes("images", Bits256.Size).Select(hash => new Bits256(hash.Span))]),
            Freshness = root.Word("freshness", Freshnesses) ?? FreshnessRule.Version3,
            MaxCertificateLifetime = root.Number("maxCertificateHours", 1, 720) is { } hours ? TimeSpan.FromHours(hours) : EvidenceRules.DefaultCertificateLifetime,
        };
        if (Section("tdx", EvidenceKind.Tdx, EvidenceKind.SimulatedTdx) is { } tdx) rules = rules with { Tdx = ReadTdx(tdx) };
        if (Section("sevSnp", EvidenceKind.SevSnp) is { } sevSnp) rules = rules with { SevSnp = ReadSevSnp(sevSnp) };
        if (root.Object("gpu") is { } gpu) rules = rules with { Gpu = ReadGpu(file, gpu) };
        if (root.Word("minimumTier", Tiers) is { } tier) RequireTier(root, rules, tier);
        root.RequireNoOther();
        return rules;

        PolicyObject? Section(string key, params EvidenceKind[] kinds)
        {
            var section = root.Object(key);
            return section is null || kinds.Any(rules.Accept)
                ? section
                : throw root.Refuse(key, $"rules for evidence that kinds does not list ({rules.KindNames})", $"{string.Join(" or ", kinds.Select(EvidenceKindExtensions.Name))} among them");
        }
    }

    private static void RequireTier(PolicyObject root, EvidenceRules rules, EvidenceTier wanted)
    {
        if (rules.Kinds.Cast<EvidenceKind?>().FirstOrDefault(kind => rules.TierOf(kind!.Value) < wanted) is not { } low) return;
        throw root.Refuse(
            "minimumTier", $"{NameOf(wanted)}, and kinds with {low.Name()}, which is of {NameOf(rules.TierOf(low))} under these rules",
            wanted == EvidenceTier.ConfidentialCpuAndGpu && low.Tier() == EvidenceTier.ConfidentialCpu && !(low == EvidenceKind.SevSnp && rules.SevSnp.AllowDebug)
                ? "gpu with required true and allowUnknownFirmware false"
                : "only kinds that reach it");
    }

    private static QuoteRequirements ReadTdx(PolicyObject tdx)
    {
        var defaults = QuoteRequirements.Default;
        var requirements = new QuoteRequirements
        {
            AcceptedStatuses = tdx.Words("tcbStatuses", Statuses) ?? defaults.AcceptedStatuses,
            AcceptedAdvisories = tdx.Texts("advisories", 14, "Intel's advisories such as INTEL-SA-00615", IsAdvisory, mayBeEmpty: true),
            MinEvaluationNumber = (int)(tdx.Number("minTcbEvaluationNumber", 0, int.MaxValue) ?? defaults.MinEvaluationNumber),
            AcceptedMrSeam = tdx.Hashes("mrSeam", Bits384.Size) is { IsEmpty: false } modules ? [.. modules.Select(module => new Bits384(module.Span))] : null,
            AllowedAttributes = (TdAttributes)(tdx.Bits("allowedAttributes") ?? (ulong)defaults.AllowedAttributes),
            RequiredAttributes = (TdAttributes)(tdx.Bits("requiredAttributes") ?? (ulong)defaults.RequiredAttributes),
            AllowedXfam = tdx.Bits("allowedXfam") ?? defaults.AllowedXfam,
            RequiredXfam = tdx.Bits("requiredXfam") ?? defaults.RequiredXfam,
            MaxCollateralAge = tdx.Number("maxCollateralAgeDays", 1, 30) is { } days ? TimeSpan.FromDays(days) : null,
            Measurements = tdx.List("measurements", "objects with registers", (path, item) => ReadMeasurements(tdx, path, item)) ?? [],
        };
        tdx.RequireNoOther();
        foreach (var (key, bits) in new[] { ("allowedAttributes", requirements.AllowedAttributes), ("requiredAttributes", requirements.RequiredAttributes) })
        {
            if ((bits & TdAttributes.UnderDebug) != 0)
                throw tdx.Refuse(tdx.PathOf(key), $"{(ulong)bits:x16}", "the lowest byte zero: a guest under debug is never accepted");
        }
        RequireWithin(tdx, "Attributes", (ulong)requirements.RequiredAttributes, (ulong)requirements.AllowedAttributes);
        RequireWithin(tdx, "Xfam", requirements.RequiredXfam, requirements.AllowedXfam);
        if ((requirements.RequiredXfam & defaults.RequiredXfam) != defaults.RequiredXfam)
            throw tdx.Refuse(tdx.PathOf("requiredXfam"), $"{requirements.RequiredXfam:x16}", $"all of {defaults.RequiredXfam:x16} in it: x87 and SSE, which every guest has");
        return requirements;
    }

    private static void RequireWithin(PolicyObject tdx, string what, ulong required, ulong allowed)
    {
        if ((required & ~allowed) != 0)
            throw tdx.Refuse(tdx.PathOf("required" + what), $"{required:x16}", $"only bits of allowed{what}, {allowed:x16}");
    }

    private static MeasurementPattern ReadMeasurements(PolicyObject tdx, string path, JsonElement item)
    {
        var registers = tdx.Item(path, item);
        var values = ReferenceValues.Registers.Select(register =>
            registers.Text(register, 2 * Bits384.Size, "96 hexadecimal digits") is { } digits
                ? Bits384.TryParse(digits, out var value) ? value : throw registers.Refuse(registers.PathOf(register), $"\"{digits}\"", "96 hexadecimal digits")
                : (Bits384?)null).ToImmutableArray();
        registers.RequireNoOther();
        return values.Any(value => value is not null)
            ? new MeasurementPattern(values)
            : throw tdx.Refuse(path, "no register", $"at least one of {string.Join(", ", ReferenceValues.Registers)}");
    }

    private static SnpRequirements ReadSevSnp(PolicyObject sevSnp)
    {
        var defaults = new SnpRequirements();
        var requirements = new SnpRequirements
        {
            Products = sevSnp.Words("products", Products) ?? defaults.Products,
            MinimumTcb = sevSnp.Object("minimumTcb") is { } minimum ? ReadMinimumTcb(minimum) : defaults.MinimumTcb,
            AllowSmt = sevSnp.Flag("allowSmt", defaults.AllowSmt),
            AllowDebug = sevSnp.Flag("allowDebug", defaults.AllowDebug),
            AllowMigration = sevSnp.Flag("allowMigration", defaults.AllowMigration),
            AllowVlek = sevSnp.Flag("allowVlek", defaults.AllowVlek),
            AllowMaskedChip = sevSnp.Flag("allowMaskedChip", defaults.AllowMaskedChip),
            MaxVmpl = (uint)(sevSnp.Number("maxVmpl", 0, 3) ?? defaults.MaxVmpl),
            MinGuestSvn = (uint)(sevSnp.Number("minGuestSvn", 0, uint.MaxValue) ?? defaults.MinGuestSvn),
            Measurements = sevSnp.Hashes("measurements", 48),
            HostData = sevSnp.Hashes("hostData", 32),
            ChipIds = sevSnp.Hashes("chipIds", 64),
            RequireRevocationList = sevSnp.Flag("requireRevocationList", defaults.RequireRevocationList),
        };
        sevSnp.RequireNoOther();
        return requirements;
    }

    private static ImmutableDictionary<SnpProduct, SnpTcb> ReadMinimumTcb(PolicyObject minimum)
    {
        var levels = ImmutableDictionary.CreateBuilder<SnpProduct, SnpTcb>();
        foreach (var (name, product) in Products)
        {
            if (minimum.Object(name) is not { } parts) continue;
            levels.Add(product, new SnpTcb(
                Level("bootLoader"), Level("tee"), Level("snp"), Level("microcode"), product == SnpProduct.Turin ? Level("fmc") : (byte)0));
            parts.RequireNoOther();

            byte Level(string part) => (byte)(parts.Number(part, 0, byte.MaxValue) ?? 0);
        }
        minimum.RequireNoOther();
        return levels.ToImmutable();
    }

    private static GpuRules ReadGpu(string file, PolicyObject gpu)
    {
        var defaults = new GpuRules();
        var rules = new GpuRules
        {
            Required = gpu.Flag("required", defaults.Required),
            MinimumCount = (int)(gpu.Number("minimumCount", 1, GpuRules.MaxCount) ?? defaults.MinimumCount),
            Requirements = new GpuRequirements
            {
                DriverVersions = gpu.Texts("driverVersions", MaxVersionLength, "versions such as 550.90.07", IsVersion) ?? [],
                VbiosVersions = gpu.Texts("vbiosVersions", MaxVersionLength, "versions such as 96.00.9F.00.01", IsVersion) ?? [],
                RequireRevocationLists = gpu.Flag("requireRevocationLists", defaults.Requirements.RequireRevocationLists),
                AllowUnknownFirmware = gpu.Flag("allowUnknownFirmware", defaults.Requirements.AllowUnknownFirmware),
            },
            ManifestFolder = gpu.Text("manifestFolder", MaxPathLength, "the path of a folder with manifests") is { } folder
                ? Path.GetFullPath(folder, Path.GetDirectoryName(Path.GetFullPath(file))!)
                : null,
        };
        gpu.RequireNoOther();
        if (rules.ManifestFolder is { } full && !Directory.Exists(full))
            throw gpu.Refuse(gpu.PathOf("manifestFolder"), $"no folder '{full}'", "the folder with NVIDIA's manifests; a relative path begins where the policy file lies");
        return rules;
    }

    private static bool IsAdvisory(string text) =>
        text.StartsWith("INTEL-SA-", StringComparison.Ordinal) && text.Length == 14 && text.AsSpan(9).IndexOfAnyExceptInRange('0', '9') < 0;

    private static bool IsVersion(string text) => text.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-');

    private static string NameOf(SnpProduct product) => product.ToString().ToLowerInvariant();

    private static string NameOf(EvidenceTier tier) => Tiers.First(pair => pair.Value == tier).Key;
}
