namespace Cocoon.Cryptography.Tests;

public sealed class Bits384Tests
{
    private static readonly byte[] Bytes = [.. Enumerable.Range(0, Bits384.Size).Select(value => (byte)value)];

    [Fact]
    public void Bytes_and_digits_come_back_as_they_went_in()
    {
        var bits = new Bits384(Bytes);
        bits.ToArray().ShouldBe(Bytes);
        bits.ToString().ShouldBe(Convert.ToHexStringLower(Bytes));
        Bits384.Parse(bits.ToString().ToUpperInvariant()).ShouldBe(bits);
        Bits384.Zero.ToArray().ShouldBe(new byte[Bits384.Size]);
        new Bits384([.. Bytes[..47], 0]).ShouldNotBe(bits);
    }

    [Fact]
    public void Another_size_is_refused()
    {
        Should.Throw<ArgumentException>(() => new Bits384(Bytes.AsSpan(1))).Message.ShouldStartWith("Expected 48 bytes, found 47.");
        Should.Throw<FormatException>(() => Bits384.Parse("00")).Message.ShouldBe("Expected 96 hexadecimal digits, found 2 characters.");
        Bits384.TryParse(new string('g', 96), out _).ShouldBeFalse();
    }

    [Fact]
    public void Sha384_is_the_published_one() =>
        Bits384.Sha384("abc"u8).ToString().ShouldBe(
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
}
