using System.Text;

namespace Cocoon.Devnet.Executor;

/// <summary>The number by which a contract knows a get-method: CRC-16/XMODEM of its name with bit 16 set (TON function selectors).</summary>
public static class GetMethodId
{
    /// <summary>The id of the method called <paramref name="name"/>.</summary>
    public static int Of(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var crc = 0;
        foreach (var octet in Encoding.UTF8.GetBytes(name))
        {
            crc ^= octet << 8;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
        }
        return (crc & 0xFFFF) | 0x10000;
    }
}
