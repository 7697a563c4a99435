using System.Text;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Registry;

/// <summary>How the registry writes a proxy's endpoints: a type bit that is 0, a length in 7 bits, that many bytes of text.</summary>
internal static class EndpointText
{
    private const int LengthBits = 7;

    /// <summary>
    /// The text, or null when the type is an unknown one, whose form is unknown too. Bytes outside ASCII become characters no endpoint has.
    /// </summary>
    public static string? Load(CellSlice slice)
    {
        if (slice.LoadBit())
            return null;
        return Encoding.Latin1.GetString(slice.LoadBytes((int)slice.LoadUInt(LengthBits)));
    }

    public static string LoadKnown(CellSlice slice) =>
        Load(slice) ?? throw new CellFormatException("A proxy's endpoints are of type 1, wanted 0.");

    public static CellBuilder Store(CellBuilder builder, string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        if (bytes.Length >= 1 << LengthBits)
        {
            throw new ArgumentException(
                $"A proxy's endpoints take {bytes.Length} characters, the registry holds at most {(1 << LengthBits) - 1}.", nameof(text));
        }
        return builder.StoreBit(false).StoreUInt((ulong)bytes.Length, LengthBits).StoreBytes(bytes);
    }
}
