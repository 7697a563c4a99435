using Cocoon.Ton.Wallets;

namespace Cocoon.Ton.Tests.Wallets;

public sealed class MnemonicTests
{
    [Fact]
    public void Words_that_are_not_24_of_the_list_are_refused_without_naming_them()
    {
        var words = Mnemonic.Generate().Words.ToArray();
        Should.Throw<FormatException>(() => Mnemonic.Parse(string.Join(' ', words[..23]))).Message.ShouldContain("23 words, wanted 24");
        words[4] = "cocoon";
        Should.Throw<FormatException>(() => Mnemonic.Parse(string.Join(' ', words))).Message
            .ShouldBe("Word 5 of the mnemonic is not in the BIP-39 English list; check its spelling.");
    }

    [Fact]
    public void Words_that_do_not_belong_together_are_refused() =>
        Should.Throw<FormatException>(() => Mnemonic.Parse(string.Join(' ', Enumerable.Repeat("abandon", 24)))).Message.ShouldContain("do not belong together");

    [Fact]
    public void The_text_of_a_mnemonic_does_not_tell_it() => Mnemonic.Generate().ToString().ShouldBe("24 words");
}
