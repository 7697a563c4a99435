namespace Cocoon.Protocol.Generators;

/// <summary>CRC-32 of IEEE 802.3, reflected; the schema language names its constructors with it.</summary>
internal static class Crc32
{
    public static uint Compute(string ascii)
    {
        var crc = uint.MaxValue;
        foreach (var character in ascii)
        {
            crc ^= character;
            for (var bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1u)));
        }
        return ~crc;
    }
}
