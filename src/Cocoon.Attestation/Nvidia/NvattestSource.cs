using System.Collections.Immutable;
using System.ComponentModel;
using System.Diagnostics;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Nvidia;

/// <summary>
/// Asks GPUs through NVIDIA's command `nvattest collect-evidence`, whose output is documented. `nvidia-smi conf-compute` tells the mode of a
/// GPU but gives no report, and the older Python tools print nothing that a program can read.
/// </summary>
/// <param name="command">The command's path or name.</param>
public sealed class NvattestSource(string command = "nvattest") : IGpuEvidenceSource
{
    /// <inheritdoc/>
    public async Task<ImmutableArray<GpuEvidence>> CollectAsync(Bits256 nonce, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command, ["collect-evidence", "--device", "gpu", "--nonce", nonce.ToString(), "--format", "json"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Start(start);
        // A read of the tool's output ends with the tool, not with the token.
        await using var killing = cancellationToken.Register(() => Kill(process)).ConfigureAwait(false);
        try
        {
            // What the tool says of itself may be long and is of no use here; it is read so that the tool does not wait.
            var errors = process.StandardError.BaseStream.CopyToAsync(Stream.Null, cancellationToken);
            var output = await ReadAsync(process.StandardOutput.BaseStream, cancellationToken).ConfigureAwait(false);
            await errors.ConfigureAwait(false);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (process.ExitCode == 0) return GpuEvidence.ParseCollected(output);
            throw new AttestationException(
                $"`{command} collect-evidence` ended with {process.ExitCode}. Run it by hand: the GPU has to be in confidential mode (nvidia-smi conf-compute -f) "
                + "and this user has to be allowed to use it.");
        }
        finally
        {
            Kill(process);
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It, or a process that it started, has ended meanwhile.
        }
    }

    private Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new AttestationException(
                $"`{command}` cannot be run: {exception.Message}. Install NVIDIA's attestation command line in this machine's image, or give its path.", exception);
        }
    }

    private async Task<byte[]> ReadAsync(Stream output, CancellationToken cancellationToken)
    {
        using var document = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await output.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            if (document.Length + read > GpuEvidence.MaxDocumentSize)
                throw new AttestationException($"`{command}` writes more than {GpuEvidence.MaxDocumentSize} bytes of evidence.");
            document.Write(buffer, 0, read);
        }
        return document.ToArray();
    }
}
