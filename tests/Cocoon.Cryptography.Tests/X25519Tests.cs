using System.Security.Cryptography;

namespace Cocoon.Cryptography.Tests;

public sealed class X25519Tests
{
    /// <summary>RFC 7748 §5.2.</summary>
    [Theory]
    [InlineData(
        "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
        "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552")]
    [InlineData(
        "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
        "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
        "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957")]
    public void The_scalar_multiplication_is_that_of_rfc_7748(string scalar, string coordinate, string result)
    {
        using var key = X25519PrivateKey.FromBytes(Convert.FromHexString(scalar));
        var secret = new byte[X25519PrivateKey.SharedSecretSize];
        key.Agree(new X25519PublicKey(Bits256.Parse(coordinate)), secret);
        Convert.ToHexStringLower(secret).ShouldBe(result);
    }

    /// <summary>RFC 7748 §6.1.</summary>
    [Fact]
    public void Both_sides_reach_the_secret_of_rfc_7748()
    {
        using var alice = X25519PrivateKey.FromBytes(Convert.FromHexString("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"));
        using var bob = X25519PrivateKey.FromBytes(Convert.FromHexString("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"));
        alice.PublicKey.ToString().ShouldBe("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
        bob.PublicKey.ToString().ShouldBe("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
        var secret = new byte[X25519PrivateKey.SharedSecretSize];
        alice.Agree(bob.PublicKey, secret);
        Convert.ToHexStringLower(secret).ShouldBe("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
    }

    [Fact]
    public void Two_generated_keys_agree()
    {
        using var one = X25519PrivateKey.Generate();
        using var two = X25519PrivateKey.Generate();
        var left = new byte[32];
        var right = new byte[32];
        one.Agree(two.PublicKey, left);
        two.Agree(one.PublicKey, right);
        left.ShouldBe(right);
        left.ShouldNotBe(new byte[32]);
    }

    [Fact]
    public void A_peer_of_small_order_is_refused()
    {
        using var key = X25519PrivateKey.Generate();
        Should.Throw<CryptographicException>(() => key.Agree(default, new byte[32]));
    }

    [Fact]
    public void Wrong_sizes_are_refused()
    {
        Should.Throw<ArgumentException>(() => X25519PrivateKey.FromBytes(new byte[31])).Message.ShouldContain("found 31");
        using var key = X25519PrivateKey.Generate();
        Should.Throw<ArgumentException>(() => key.Agree(key.PublicKey, new byte[31]));
    }
}
