using System.Buffers.Binary;
using Cocoon.Attestation.SevSnp;
using Cocoon.Cryptography.Native;

namespace Cocoon.Attestation.Sources;

/// <summary>/dev/sev-guest and its request SNP_GET_EXT_REPORT (include/uapi/linux/sev-guest.h).</summary>
/// <param name="path">The device.</param>
internal sealed class SevGuestDevice(string path) : ISnpDevice
{
    // _IOWR('S', 2, struct snp_guest_request_ioctl), which has 32 bytes.
    private const uint GetExtendedReport = 0xc0205302;
    private const int RequestSize = 112;
    private const int ResponseSize = 4000;
    private const int ResponseHeaderSize = 32;

    // More than any host gives; it has to be whole pages.
    private const int TableSize = 16 * 4096;

    public bool Exists => File.Exists(path);

    (byte[] Report, byte[] Table) ISnpDevice.GetExtendedReport(ReadOnlySpan<byte> reportData)
    {
        // The kernel follows pointers in these, so they must not move.
        var table = GC.AllocateArray<byte>(TableSize, pinned: true);
        var response = GC.AllocateArray<byte>(ResponseSize, pinned: true);
        var request = GC.AllocateArray<byte>(RequestSize, pinned: true);
        reportData.CopyTo(request);
        BinaryPrimitives.WriteInt64LittleEndian(request.AsSpan(96), DeviceControl.AddressOf(table));
        BinaryPrimitives.WriteInt32LittleEndian(request.AsSpan(104), TableSize);

        var argument = new byte[32];
        argument[0] = 1;
        BinaryPrimitives.WriteInt64LittleEndian(argument.AsSpan(8), DeviceControl.AddressOf(request));
        BinaryPrimitives.WriteInt64LittleEndian(argument.AsSpan(16), DeviceControl.AddressOf(response));
        using var device = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var error = DeviceControl.Call(device, GetExtendedReport, argument);
        // The arrays are seen by the kernel only, which the collector does not know.
        GC.KeepAlive(request);
        if (error != 0)
        {
            var firmware = BinaryPrimitives.ReadUInt64LittleEndian(argument.AsSpan(24));
            throw new AttestationException(
                $"{path} refused to make a report: error {error} of the kernel, 0x{firmware:x} of the firmware or host. See the kernel's log; a throttled host says so there.");
        }
        var status = BinaryPrimitives.ReadUInt32LittleEndian(response);
        var size = BinaryPrimitives.ReadUInt32LittleEndian(response.AsSpan(4));
        return status == 0 && size == SnpReport.Size
            ? (response[ResponseHeaderSize..(ResponseHeaderSize + SnpReport.Size)], table)
            : throw new AttestationException($"The firmware answered with status {status} and a report of {size} bytes, wanted 0 and {SnpReport.Size}.");
    }
}
