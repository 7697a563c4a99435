using System.Buffers.Binary;
using Cocoon.Cryptography;
using Cocoon.Ton.Cells;

namespace Cocoon.Devnet.Chain;

/// <summary>
/// The chain on disk: a header, then one record a block: the length of the bag of cells (4 bytes, little-endian), its SHA-256, its
/// bytes. A block exists once its record is whole and flushed; what a crash left of a record at the end is cut off.
/// </summary>
internal sealed class BlockLog : IDisposable
{
    private const int RecordHeader = 4 + Bits256.Size;
    private readonly FileStream _file;
    private long _end;

    private BlockLog(FileStream file) => _file = file;

    private static ReadOnlySpan<byte> Header => "COCOON-DEVNET-1\n"u8;

    /// <summary>How many bytes at the end were cut off when the log was opened.</summary>
    public long BytesCutOff { get; private set; }

    /// <remarks>
    /// .NET opens no folders, so the file's entry in its folder cannot be flushed by itself. The journalling file systems in common use
    /// write it with the new file's first flush; on others, losing power in the first moments of a new chain can lose the file.
    /// </remarks>
    /// <exception cref="IOException">Another devnet has the file open.</exception>
    /// <exception cref="InvalidDataException">The file is no such log, or damaged before its end.</exception>
    public static (BlockLog Log, IReadOnlyList<byte[]> Blocks) Open(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new IOException(
                $"'{path}' cannot be opened ({e.Message}). If another devnet runs in this folder, stop it or choose another folder.", e);
        }
        var log = new BlockLog(file);
        try
        {
            return (log, log.Recover());
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>Adds a block; it is on disk when this returns. When it throws, the block is not part of the log.</summary>
    public void Append(ReadOnlySpan<byte> boc)
    {
        if (boc.Length > BagOfCells.MaxBytes) throw new IOException($"A block takes {boc.Length} bytes, more than {BagOfCells.MaxBytes}.");
        Span<byte> header = stackalloc byte[RecordHeader];
        BinaryPrimitives.WriteInt32LittleEndian(header, boc.Length);
        Bits256.Sha256(boc).CopyTo(header[4..]);
        // What an append that failed left behind is overwritten, and cut off, by the next one.
        if (_file.Length != _end) _file.SetLength(_end);
        _file.Position = _end;
        _file.Write(header);
        _file.Write(boc);
        _file.Flush(flushToDisk: true);
        _end = _file.Position;
    }

    public void Dispose() => _file.Dispose();

    private List<byte[]> Recover()
    {
        Span<byte> found = stackalloc byte[Header.Length];
        found = found[.._file.ReadAtLeast(found, found.Length, throwOnEndOfStream: false)];
        if (!Header.StartsWith(found))
            throw new InvalidDataException($"'{_file.Name}' does not start as a devnet's log does. Move it away, or choose another folder.");
        var blocks = new List<byte[]>();
        if (found.Length < Header.Length)
        {
            _file.SetLength(0);
            _file.Write(Header);
            _file.Flush(flushToDisk: true);
        }
        _end = Header.Length;
        while (ReadRecord() is { } block)
        {
            blocks.Add(block);
            _end += RecordHeader + block.Length;
        }
        BytesCutOff = _file.Length - _end;
        if (BytesCutOff > 0) _file.SetLength(_end);
        return blocks;
    }

    /// <summary>The next whole record, or null when what is left is the torn end of the last write.</summary>
    private byte[]? ReadRecord()
    {
        var left = _file.Length - _end;
        if (left < RecordHeader) return null;
        _file.Position = _end;
        Span<byte> header = stackalloc byte[RecordHeader];
        _file.ReadExactly(header);
        var length = BinaryPrimitives.ReadInt32LittleEndian(header);
        // A crash can leave the file longer than what reached the disk; the rest then reads as zeros.
        if (length == 0 && header.IndexOfAnyExcept((byte)0) < 0 && IsZeroToEnd()) return null;
        if (length is <= 0 or > BagOfCells.MaxBytes)
            throw new InvalidDataException(
                $"'{_file.Name}' is damaged at byte {_end}: a record of {length} bytes, wanted 1 to {BagOfCells.MaxBytes}.");
        if (left - RecordHeader < length) return null;
        var block = new byte[length];
        _file.ReadExactly(block);
        if (Bits256.Sha256(block) == new Bits256(header[4..])) return block;
        if (left - RecordHeader == length || IsZeroToEnd()) return null;
        throw new InvalidDataException(
            $"'{_file.Name}' is damaged at byte {_end}: a record has another checksum than its bytes, and more records follow.");
    }

    private bool IsZeroToEnd()
    {
        Span<byte> buffer = stackalloc byte[4096];
        int count;
        while ((count = _file.Read(buffer)) > 0)
        {
            if (buffer[..count].IndexOfAnyExcept((byte)0) >= 0) return false;
        }
        return true;
    }
}
