using Cocoon.Attestation.Certificates;

namespace Cocoon.Attestation.Sources;

/// <summary>The kernel's own facility in /sys/kernel/config/tsm/report, Linux 6.7 and later.</summary>
/// <param name="systemRoot">The root of the file system, "/" but in tests.</param>
internal sealed class TsmFolder(string systemRoot) : ITsmReports
{
    private const string NoGuest = "This is no confidential guest, or its driver is not loaded; try modprobe tdx_guest (Intel) or modprobe sev-guest (AMD).";

    private readonly string _configFs = Path.Combine(systemRoot, "sys/kernel/config");
    private readonly string _oldTdxDevice = Path.Combine(systemRoot, "dev/tdx_guest");

    public string Reports => Path.Combine(_configFs, "tsm/report");

    public bool Exists => Directory.Exists(Reports);

    public ITsmReport Create(string name)
    {
        if (!Directory.Exists(_configFs))
            throw new AttestationException($"{_configFs} does not exist, so the kernel cannot be asked for a report; mount it (mount -t configfs none /sys/kernel/config).");
        if (!Exists)
        {
            throw new AttestationException(
                File.Exists(_oldTdxDevice)
                    ? $"{Reports} does not exist, but {_oldTdxDevice} does: this kernel is older than 6.7. Its device gives reports that only this machine can check "
                        + "(TDX_CMD_GET_REPORT0); update the guest's kernel to get quotes."
                    : $"{Reports} does not exist. {NoGuest}");
        }
        var path = Path.Combine(Reports, name);
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (IOException exception)
        {
            // The facility is there in every kernel that has it built; an entry can be made once a guest's driver has said that it makes reports.
            throw new AttestationException($"No driver makes reports in {Reports}: {exception.Message} {NoGuest}", exception);
        }
        return new Entry(path);
    }

    private sealed class Entry(string path) : ITsmReport
    {
        // The kernel makes blobs of at most 32 KiB, as long as a quote may be.
        private const int MaxSize = AttestedCertificate.MaxQuoteSize;

        public byte[]? TryRead(string attribute)
        {
            var file = Path.Combine(path, attribute);
            if (!File.Exists(file)) return null;
            // The files of this file system do not know their length before they are read.
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            var buffer = new byte[MaxSize + 1];
            var read = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            return read <= MaxSize ? buffer[..read] : throw new IOException($"{file} has more than {MaxSize} bytes.");
        }

        public void Write(string attribute, ReadOnlySpan<byte> value)
        {
            using var stream = new FileStream(Path.Combine(path, attribute), FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            stream.Write(value);
        }

        public void Dispose()
        {
            try
            {
                // The kernel removes the files of an entry with it.
                Directory.Delete(path);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // An entry that stays costs a few bytes of the kernel's memory; the report is good all the same.
                return;
            }
        }
    }
}
