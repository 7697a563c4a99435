using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Cocoon.Cryptography.Native;

/// <summary>Requests to Linux devices (ioctl), for hardware whose driver has no other way in.</summary>
public static partial class DeviceControl
{
    /// <summary>Makes a request.</summary>
    /// <param name="device">The opened device.</param>
    /// <param name="request">The request's number, as the kernel's headers make it.</param>
    /// <param name="argument">The structure that goes with it; the driver writes into it too.</param>
    /// <returns>0, or the error number of the kernel.</returns>
    public static int Call(SafeFileHandle device, uint request, Span<byte> argument) => ioctl(device, request, argument) >= 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>The address of an array for a pointer inside a structure. The array has to be allocated as pinned and kept alive by the caller.</summary>
    public static long AddressOf(byte[] pinned) => Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(SafeFileHandle device, nuint request, Span<byte> argument);
}
