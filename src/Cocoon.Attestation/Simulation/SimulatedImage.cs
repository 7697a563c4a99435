using System.Security.Cryptography;
using Cocoon.Attestation.Quotes;

namespace Cocoon.Attestation.Simulation;

/// <summary>What is measured of a simulated guest that consists of files.</summary>
public static class SimulatedImage
{
    /// <summary>The most files: one for each of RTMR1 to RTMR3.</summary>
    public const int MaxFiles = 3;

    /// <summary>
    /// Measures files as a guest measures what it loads: the first one extends RTMR1 with its SHA-384, the second RTMR2, the third RTMR3. MRTD is
    /// the same for all such guests, everything else zero.
    /// </summary>
    /// <exception cref="ArgumentException">There are more than <see cref="MaxFiles"/> files.</exception>
    /// <exception cref="AttestationException">A file cannot be read.</exception>
    public static TeeMeasurements Measure(IReadOnlyList<string> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        if (files.Count > MaxFiles) throw new ArgumentException($"A simulated image has at most {MaxFiles} files, found {files.Count}.", nameof(files));
        var packed = new byte[TeeMeasurements.TdxSize];
        SHA384.HashData("Cocoon simulated guest"u8, packed);
        for (var i = 0; i < files.Count; i++)
        {
            var register = packed.AsSpan((5 + i) * TdReport.MeasurementSize, TdReport.MeasurementSize);
            SHA384.HashData([.. register, .. HashFile(files[i])], register);
        }
        return TeeMeasurements.Tdx(packed);
    }

    private static byte[] HashFile(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            return SHA384.HashData(stream);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AttestationException($"The file '{file}' of the simulated image cannot be measured: {exception.Message}", exception);
        }
    }
}
