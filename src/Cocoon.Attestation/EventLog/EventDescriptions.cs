using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Cocoon.Attestation.EventLog;

/// <summary>Puts the data of events into words, as far as it has the form that TCG and UEFI give it. Hostile data gets a plain answer.</summary>
internal static class EventDescriptions
{
    private const int MaxLength = 240;
    private const int VariableHeaderSize = 32;
    private const int ImageHeaderSize = 32;

    private const uint Separator = 4;
    private const uint Action = 5;
    private const uint Ipl = 0xd;
    private const uint PlatformConfig = 0xa;
    private const uint VariableDriverConfig = 0x80000001;
    private const uint VariableBoot = 0x80000002;
    private const uint BootApplication = 0x80000003;
    private const uint BootDriver = 0x80000004;
    private const uint RuntimeDriver = 0x80000005;
    private const uint Gpt = 0x80000006;
    private const uint EfiAction = 0x80000007;
    private const uint FirmwareBlob2 = 0x8000000a;
    private const uint HandoffTables2 = 0x8000000b;
    private const uint VariableBoot2 = 0x8000000c;
    private const uint VariableAuthority = 0x800000e0;

    private static readonly Dictionary<uint, string> Names = new()
    {
        [0] = "EV_PREBOOT_CERT",
        [1] = "EV_POST_CODE",
        [CcEvent.NoAction] = "EV_NO_ACTION",
        [Separator] = "EV_SEPARATOR",
        [Action] = "EV_ACTION",
        [6] = "EV_EVENT_TAG",
        [7] = "EV_S_CRTM_CONTENTS",
        [8] = "EV_S_CRTM_VERSION",
        [9] = "EV_CPU_MICROCODE",
        [PlatformConfig] = "EV_PLATFORM_CONFIG_FLAGS",
        [0xb] = "EV_TABLE_OF_DEVICES",
        [0xc] = "EV_COMPACT_HASH",
        [Ipl] = "EV_IPL",
        [0xe] = "EV_IPL_PARTITION_DATA",
        [0xf] = "EV_NONHOST_CODE",
        [0x10] = "EV_NONHOST_CONFIG",
        [0x11] = "EV_NONHOST_INFO",
        [0x12] = "EV_OMIT_BOOT_DEVICE_EVENTS",
        [VariableDriverConfig] = "EV_EFI_VARIABLE_DRIVER_CONFIG",
        [VariableBoot] = "EV_EFI_VARIABLE_BOOT",
        [BootApplication] = "EV_EFI_BOOT_SERVICES_APPLICATION",
        [BootDriver] = "EV_EFI_BOOT_SERVICES_DRIVER",
        [RuntimeDriver] = "EV_EFI_RUNTIME_SERVICES_DRIVER",
        [Gpt] = "EV_EFI_GPT_EVENT",
        [EfiAction] = "EV_EFI_ACTION",
        [0x80000008] = "EV_EFI_PLATFORM_FIRMWARE_BLOB",
        [0x80000009] = "EV_EFI_HANDOFF_TABLES",
        [FirmwareBlob2] = "EV_EFI_PLATFORM_FIRMWARE_BLOB2",
        [HandoffTables2] = "EV_EFI_HANDOFF_TABLES2",
        [VariableBoot2] = "EV_EFI_VARIABLE_BOOT2",
        [0x80000010] = "EV_EFI_HCRTM_EVENT",
        [VariableAuthority] = "EV_EFI_VARIABLE_AUTHORITY",
        [0x800000e1] = "EV_EFI_SPDM_FIRMWARE_BLOB",
        [0x800000e2] = "EV_EFI_SPDM_FIRMWARE_CONFIG",
    };

    public static string NameOf(uint type) => Names.GetValueOrDefault(type) ?? string.Create(CultureInfo.InvariantCulture, $"event type 0x{type:x}");

    public static string Describe(CcEvent measured)
    {
        var data = measured.Data.Span;
        var text = measured.Type switch
        {
            Separator => data.SequenceEqual((ReadOnlySpan<byte>)[0, 0, 0, 0]) ? "end of the firmware's own measurements" : "the firmware failed",
            Action or EfiAction or Ipl or PlatformConfig => Text(data),
            VariableDriverConfig or VariableBoot or VariableBoot2 or VariableAuthority => Variable(data),
            BootApplication => Image("EFI application", data),
            BootDriver or RuntimeDriver => Image("EFI driver", data),
            Gpt => "the partition table of the boot disk",
            FirmwareBlob2 => Prefixed("firmware volume", data),
            HandoffTables2 => Prefixed("table handed over by the firmware", data),
            _ => null,
        };
        text ??= string.Create(CultureInfo.InvariantCulture, $"{data.Length} bytes that are not understood");
        return text.Length <= MaxLength ? text : text[..MaxLength];
    }

    private static string? Variable(ReadOnlySpan<byte> data)
    {
        if (data.Length < VariableHeaderSize) return null;
        var nameLength = BinaryPrimitives.ReadUInt64LittleEndian(data[16..]);
        var valueLength = BinaryPrimitives.ReadUInt64LittleEndian(data[24..]);
        var rest = data[VariableHeaderSize..];
        if (nameLength > (ulong)rest.Length / 2 || valueLength != (ulong)rest.Length - (nameLength * 2)) return null;
        var name = Wide(rest[..((int)nameLength * 2)]);
        var value = rest[((int)nameLength * 2)..];
        if (name.Length == 8 && name.StartsWith("Boot", StringComparison.Ordinal) && value.Length > 6) return $"boot option {name} \"{Wide(value[6..])}\"";
        return value.Length == 1
            ? string.Create(CultureInfo.InvariantCulture, $"UEFI variable {name} = {value[0]}")
            : string.Create(CultureInfo.InvariantCulture, $"UEFI variable {name} of {value.Length} bytes");
    }

    private static string? Image(string what, ReadOnlySpan<byte> data)
    {
        if (data.Length < ImageHeaderSize || BinaryPrimitives.ReadUInt64LittleEndian(data[24..]) != (ulong)(data.Length - ImageHeaderSize)) return null;
        var size = BinaryPrimitives.ReadUInt64LittleEndian(data[8..]);
        return string.Create(CultureInfo.InvariantCulture, $"{what} {FilePath(data[ImageHeaderSize..]) ?? "from memory or firmware"} of {size} bytes");
    }

    // UEFI §10: nodes of type, subtype and length; 4.4 is a path of a file in UTF-16.
    private static string? FilePath(ReadOnlySpan<byte> nodes)
    {
        var path = new StringBuilder();
        while (nodes.Length >= 4)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian(nodes[2..]);
            if (length < 4 || length > nodes.Length) return null;
            if (nodes[0] == 4 && nodes[1] == 4) path.Append(Wide(nodes[4..length]));
            nodes = nodes[length..];
        }
        return path.Length == 0 ? null : path.ToString();
    }

    private static string? Prefixed(string what, ReadOnlySpan<byte> data) =>
        data.IsEmpty || data[0] >= data.Length ? null : $"{what} {Narrow(data.Slice(1, data[0]))}";

    // Boot loaders write what they measure in ASCII, systemd's stub in UTF-16.
    private static string Text(ReadOnlySpan<byte> data) => data.Length >= 2 && data[1] == 0 ? Wide(data) : Narrow(data);

    private static string Wide(ReadOnlySpan<byte> data)
    {
        var text = Encoding.Unicode.GetString(data[..(data.Length & ~1)]);
        var end = text.IndexOf('\0', StringComparison.Ordinal);
        return Printable(end < 0 ? text : text[..end]);
    }

    private static string Narrow(ReadOnlySpan<byte> data)
    {
        var end = data.IndexOf((byte)0);
        return Printable(Encoding.Latin1.GetString(end < 0 ? data : data[..end]));
    }

    private static string Printable(string text)
    {
        if (text.Length > MaxLength) text = text[..MaxLength];
        return string.Concat(text.Select(character => character is >= ' ' and < '\u007f' ? character : '?'));
    }
}
