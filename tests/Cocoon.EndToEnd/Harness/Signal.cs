using System.Runtime.InteropServices;

namespace Cocoon.EndToEnd.Harness;

/// <summary>POSIX signals.</summary>
internal enum Signal
{
    Interrupt = 2,
    Kill = 9,
    Continue = 18,
    Stop = 19,
}

internal static class Signals
{
    /// <summary>Sends a signal to a process, or with a negative id to a process group.</summary>
    public static void Send(this Signal signal, int process)
    {
        if (Kill(process, (int)signal) != 0)
            throw new InvalidOperationException($"Signal {signal} did not reach process {process}: error {Marshal.GetLastPInvokeError()}.");
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
