using FsCheck;
using FsCheck.Fluent;

namespace Cocoon.Ton.Tests;

public sealed class TonAddressTests
{
    private const string Raw = "0:24d9ebb31a9039c59df7868b85f726c5b663a479c9db9b14fc10e575e25d2ee7";

    [Fact]
    public void Raw_text_is_read_in_either_case()
    {
        TonAddress.Parse(Raw).ToString().ShouldBe(Raw);
        TonAddress.Parse(Raw.ToUpperInvariant()).ToRaw().ShouldBe(Raw);
        TonAddress.Parse("-1" + Raw[1..]).Workchain.ShouldBe((sbyte)-1);
    }

    [Fact]
    public void A_friendly_address_with_any_changed_character_is_refused()
    {
        var text = TonAddress.Parse(Raw).ToFriendly(bounceable: true, testnet: false);
        for (var i = 0; i < text.Length; i++)
        {
            var changed = text[..i] + (text[i] == 'A' ? 'B' : 'A') + text[(i + 1)..];
            TonAddress.TryParse(changed, out _).ShouldBeFalse(changed);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData("0:")]
    [InlineData("0:24d9")]
    [InlineData("128:24d9ebb31a9039c59df7868b85f726c5b663a479c9db9b14fc10e575e25d2ee7")]
    [InlineData(" 0:24d9ebb31a9039c59df7868b85f726c5b663a479c9db9b14fc10e575e25d2ee7")]
    [InlineData("0:g4d9ebb31a9039c59df7868b85f726c5b663a479c9db9b14fc10e575e25d2ee7")]
    [InlineData("EQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("                                                ")]
    public void Other_text_is_refused(string text)
    {
        TonAddress.TryParse(text, out _).ShouldBeFalse();
        Should.Throw<FormatException>(() => TonAddress.Parse(text));
    }

    [Fact]
    public void Any_text_is_read_or_refused() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), text => TonAddress.TryParse(text, out _) || true).QuickCheckThrowOnFailure();
}
