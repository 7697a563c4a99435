namespace Cocoon.Testing;

/// <summary>Numbers that a seed repeats on every machine (splitmix64). Not for use by several threads at once.</summary>
public sealed class SeededRandom(long seed)
{
    private ulong _state = (ulong)seed;

    public ulong Bits()
    {
        var mixed = _state += 0x9e3779b97f4a7c15;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>From 0 to one less than <paramref name="below"/>.</summary>
    public int Next(int below) => (int)(Bits() % (uint)below);

    public byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++) bytes[i] = (byte)Bits();
        return bytes;
    }

    public T Pick<T>(IReadOnlyList<T> from) => from[Next(from.Count)];
}
