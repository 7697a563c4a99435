using Cocoon.Attestation.Facts;
using Cocoon.Attestation.Quotes;
using Cocoon.Attestation.Simulation;

namespace Cocoon.Attestation.Tests.Facts;

public sealed class QuoteFactsTests
{
    private static readonly DateTimeOffset Issued = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(TdAttributes.None, "0000000000000000: not under debug")]
    [InlineData(TdAttributes.Debug, "0000000000000001: under debug, the host can read its memory")]
    [InlineData(TdAttributes.SeptVeDisable | TdAttributes.Migratable, "0000000030000000: not under debug; no #VE for pages that the host takes away; may be moved to another machine")]
    public void Attributes_are_told_in_words(TdAttributes attributes, string words) =>
        FactOf(new SimulatedGuest { Attributes = attributes }, "TD attributes").ShouldBe(words);

    [Fact]
    public void Processor_state_is_told_by_name_and_an_unknown_bit_by_number() =>
        FactOf(new SimulatedGuest { Xfam = 0x1000_0000_0007 }, "XFAM").ShouldBe("0000100000000007: x87, SSE, AVX, bit 44");

    [Fact]
    public void A_guest_of_TDX_1_5_says_what_it_runs_under_now() =>
        FactOf(new SimulatedGuest { QuoteVersion = 5, BodyKind = QuoteBodyKind.Td15 }, "TEE TCB SVN now").ShouldStartWith("060103");

    [Fact]
    public void What_is_no_quote_is_refused() =>
        Should.Throw<AttestationException>(() => QuoteFacts.Of(new byte[100])).Message.ShouldStartWith("quote format check: ");

    private static string FactOf(SimulatedGuest guest, string name)
    {
        using var tee = new SimulatedTee(new SimulatedPlatform("facts", Issued));
        return QuoteFacts.Of(tee.CreateQuote(guest, new byte[64])).Single(fact => fact.Name == name).Value;
    }
}
