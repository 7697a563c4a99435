using System.Collections.Immutable;
using System.Globalization;

namespace Cocoon.Attestation.Dcap;

/// <summary>What Intel says of the security versions of one kind of platform (PCS API, TCB info of version 2 and 3).</summary>
internal sealed record TcbInfo
{
    /// <summary>The largest TCB info in bytes; Intel's have some ten thousand.</summary>
    public const int MaxSize = 1024 * 1024;

    /// <summary>For SGX or for TDX.</summary>
    public required TeeMeasurementKind Tee { get; init; }

    public required DateTimeOffset IssueDate { get; init; }

    public required DateTimeOffset NextUpdate { get; init; }

    /// <summary>The kind of platform, 6 bytes.</summary>
    public required byte[] Fmspc { get; init; }

    /// <summary>The provisioning certification enclave, 2 bytes.</summary>
    public required byte[] PceId { get; init; }

    /// <summary>Grows with each recovery of the TCB.</summary>
    public required int EvaluationNumber { get; init; }

    /// <summary>The TDX module of version 1.0; null for SGX.</summary>
    public TdxModuleIdentity? Module { get; init; }

    /// <summary>The TDX modules of later versions.</summary>
    public ImmutableArray<TdxModuleIdentity> Modules { get; init; } = [];

    /// <summary>The levels, highest first.</summary>
    public required ImmutableArray<TcbLevel> Levels { get; init; }

    /// <summary>Reads TCB info.</summary>
    /// <exception cref="AttestationException">It is malformed or of another version.</exception>
    public static TcbInfo Parse(ReadOnlyMemory<byte> json) => json.Length <= MaxSize
        ? SignedJson.Read("TCB info", json, Read)
        : throw new AttestationException($"TCB info check: found {json.Length} bytes, wanted at most {MaxSize}.");

    /// <summary>The module of a major version, as byte 1 of TEE_TCB_SVN says it; null when Intel knows none.</summary>
    public TdxModuleIdentity? FindModule(byte majorVersion)
    {
        if (majorVersion == 0) return Module;
        var id = string.Create(CultureInfo.InvariantCulture, $"TDX_{majorVersion:X2}");
        return Modules.FirstOrDefault(module => module.Id == id);
    }

    private static TcbInfo Read(SignedJson json)
    {
        var version = json.Number("version", int.MaxValue);
        if (version is not (2 or 3)) throw new FormatException($"found version {version}, wanted 2 or 3.");
        if (json.Number("tcbType", int.MaxValue) != 0) throw new FormatException("found another TCB type, wanted 0.");
        var tee = version == 2 ? TeeMeasurementKind.Sgx : json.Text("id") switch
        {
            "SGX" => TeeMeasurementKind.Sgx,
            "TDX" => TeeMeasurementKind.Tdx,
            var other => throw new FormatException($"found TCB info for '{other}', wanted SGX or TDX."),
        };
        var levels = json.Objects("tcbLevels").Select(level => TcbLevel.Read(level, version, tee)).ToArray();
        Array.Sort(levels, TcbLevel.CompareDescending);
        for (var i = 1; i < levels.Length; i++)
        {
            if (TcbLevel.CompareDescending(levels[i - 1], levels[i]) == 0) throw new FormatException("found one TCB level twice.");
        }
        return new TcbInfo
        {
            Tee = tee,
            IssueDate = json.Time("issueDate"),
            NextUpdate = json.Time("nextUpdate"),
            Fmspc = json.Hex("fmspc", 6),
            PceId = json.Hex("pceId", 2),
            EvaluationNumber = json.Number("tcbEvaluationDataNumber", int.MaxValue),
            Module = tee == TeeMeasurementKind.Tdx ? TdxModuleIdentity.ReadDefault(json.Object("tdxModule")) : null,
            Modules = tee == TeeMeasurementKind.Tdx && json.Has("tdxModuleIdentities")
                ? [.. json.Objects("tdxModuleIdentities").Select(TdxModuleIdentity.ReadVersion)]
                : [],
            Levels = [.. levels],
        };
    }
}
