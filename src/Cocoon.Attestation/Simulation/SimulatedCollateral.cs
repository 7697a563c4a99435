using System.Globalization;
using System.Text.Json;
using Cocoon.Attestation.Dcap;

namespace Cocoon.Attestation.Simulation;

/// <summary>Writes what Intel's service would say of a simulated platform: TCB info of version 3 and a QE identity of version 2.</summary>
internal static class SimulatedCollateral
{
    /// <summary>The attributes of the quoting enclave: initialised, and with the provisioning key as Intel's.</summary>
    public static readonly byte[] QeAttributes = [0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    // Everything but the mode (64-bit or not) and XFRM.
    private static readonly byte[] QeAttributesMask = [0xfb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0];

    public static byte[] WriteTcbInfo(SimulatedPlatform platform) => Write(platform, json =>
    {
        json.WriteString("id", "TDX");
        json.WriteNumber("version", 3);
        json.WriteString("fmspc", Convert.ToHexString(platform.Fmspc.AsSpan()));
        json.WriteString("pceId", Convert.ToHexString(platform.PceId.AsSpan()));
        json.WriteNumber("tcbType", 0);
        json.WriteStartObject("tdxModule");
        WriteModule(json);
        json.WriteEndObject();
        json.WriteStartArray("tdxModuleIdentities");
        json.WriteStartObject();
        json.WriteString("id", "TDX_01");
        WriteModule(json);
        WriteComponentLevels(json, platform, platform.ModuleSvn, platform.ModuleStatus);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteStartArray("tcbLevels");
        WriteLevel(
            json, platform, platform.Components.AsSpan(), platform.TdxComponents.AsSpan(), platform.PceSvn, platform.Status, platform.Advisories.AsSpan());
        WriteLevel(json, platform, stackalloc byte[16], stackalloc byte[16], 0, TcbStatus.OutOfDate, ["INTEL-SA-00001"]);
        json.WriteEndArray();
    });

    public static byte[] WriteQeIdentity(SimulatedPlatform platform) => Write(platform, json =>
    {
        json.WriteString("id", "TD_QE");
        json.WriteNumber("version", 2);
        json.WriteString("miscselect", "00000000");
        json.WriteString("miscselectMask", "FFFFFFFF");
        json.WriteString("attributes", Convert.ToHexString(QeAttributes));
        json.WriteString("attributesMask", Convert.ToHexString(QeAttributesMask));
        json.WriteString("mrsigner", Convert.ToHexString(platform.QeMrSigner.AsSpan()));
        json.WriteNumber("isvprodid", platform.QeIsvProdId);
        WriteComponentLevels(json, platform, platform.QeIsvSvn, platform.QeStatus);
    });

    private static byte[] Write(SimulatedPlatform platform, Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            var issuedAt = platform.CollateralIssuedAt ?? platform.IssuedAt;
            json.WriteString("issueDate", Time(issuedAt));
            json.WriteString("nextUpdate", Time(issuedAt + platform.CollateralLifetime));
            json.WriteNumber("tcbEvaluationDataNumber", platform.EvaluationNumber);
            write(json);
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static void WriteModule(Utf8JsonWriter json)
    {
        json.WriteString("mrsigner", new string('0', 96));
        json.WriteString("attributes", new string('0', 16));
        json.WriteString("attributesMask", new string('F', 16));
    }

    private static void WriteComponentLevels(Utf8JsonWriter json, SimulatedPlatform platform, int svn, TcbStatus status)
    {
        json.WriteStartArray("tcbLevels");
        WriteComponentLevel(svn, status);
        if (svn > 1) WriteComponentLevel(1, TcbStatus.OutOfDate);
        json.WriteEndArray();

        void WriteComponentLevel(int number, TcbStatus levelStatus)
        {
            json.WriteStartObject();
            json.WriteStartObject("tcb");
            json.WriteNumber("isvsvn", number);
            json.WriteEndObject();
            WriteStatus(json, platform, levelStatus, []);
            json.WriteEndObject();
        }
    }

    private static void WriteLevel(
        Utf8JsonWriter json,
        SimulatedPlatform platform,
        ReadOnlySpan<byte> components,
        ReadOnlySpan<byte> tdxComponents,
        int pceSvn,
        TcbStatus status,
        ReadOnlySpan<string> advisories)
    {
        json.WriteStartObject();
        json.WriteStartObject("tcb");
        WriteComponents(json, "sgxtcbcomponents", components);
        json.WriteNumber("pcesvn", pceSvn);
        WriteComponents(json, "tdxtcbcomponents", tdxComponents);
        json.WriteEndObject();
        WriteStatus(json, platform, status, advisories);
        json.WriteEndObject();
    }

    private static void WriteComponents(Utf8JsonWriter json, string name, ReadOnlySpan<byte> components)
    {
        json.WriteStartArray(name);
        foreach (var component in components)
        {
            json.WriteStartObject();
            json.WriteNumber("svn", component);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteStatus(Utf8JsonWriter json, SimulatedPlatform platform, TcbStatus status, ReadOnlySpan<string> advisories)
    {
        json.WriteString("tcbDate", Time(platform.IssuedAt));
        json.WriteString("tcbStatus", TcbStatuses.Name(status));
        if (advisories.IsEmpty) return;
        json.WriteStartArray("advisoryIDs");
        foreach (var advisory in advisories) json.WriteStringValue(advisory);
        json.WriteEndArray();
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
