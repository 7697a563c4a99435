using System.Buffers.Binary;
using Cocoon.Cryptography;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;

namespace Cocoon.Node.Wallet;

/// <summary>An external message of the wallet that may be on its way, as kept on disk: seqno u32, expiry i64 (Unix seconds), bag of cells.</summary>
internal sealed record PendingMessage(Cell Message, uint Seqno, DateTimeOffset ValidUntil)
{
    private const int HeaderSize = 12;

    public Bits256 BodyHash => TonMessage.Load(Message.BeginParse()).Body.Hash;

    /// <summary>How many messages the wallet is asked to send: its body has a reference for each.</summary>
    public int MessageCount => TonMessage.Load(Message.BeginParse()).Body.References.Count;

    public byte[] ToBytes()
    {
        var boc = BagOfCells.Serialize(Message);
        var bytes = new byte[HeaderSize + boc.Length];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, Seqno);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(4), ValidUntil.ToUnixTimeSeconds());
        boc.CopyTo(bytes.AsSpan(HeaderSize));
        return bytes;
    }

    public static PendingMessage FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderSize)
            throw new CellFormatException($"Found {bytes.Length} bytes, wanted more than {HeaderSize}.");
        var validUntil = BinaryPrimitives.ReadInt64BigEndian(bytes[4..]);
        if (validUntil is < 0 or > uint.MaxValue)
            throw new CellFormatException($"Found the expiry {validUntil}, wanted Unix seconds of 32 bits.");
        var pending = new PendingMessage(
            BagOfCells.Deserialize(bytes[HeaderSize..]), BinaryPrimitives.ReadUInt32BigEndian(bytes), DateTimeOffset.FromUnixTimeSeconds(validUntil));
        // Read once here, so that what is not a message fails before it is sent.
        _ = pending.BodyHash;
        return pending;
    }
}
