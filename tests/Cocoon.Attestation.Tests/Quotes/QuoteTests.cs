using Cocoon.Attestation.Quotes;
using Cocoon.Attestation.Tests.Dcap;
using Cocoon.Attestation.Tests.Vectors;

namespace Cocoon.Attestation.Tests.Quotes;

public sealed class QuoteTests
{
    [VectorFact]
    public void A_quote_is_its_declared_length_and_zeros()
    {
        var bytes = IntelVectors.PaddedQuote;
        Quote.TryParse(bytes, out var quote, out _).ShouldBeTrue();
        quote.Version.ShouldBe(4);
        quote.BodyKind.ShouldBe(QuoteBodyKind.Td10);
        quote.Length.ShouldBeLessThan(bytes.Length);
        bytes.AsSpan(quote.Length).ContainsAnyExcept((byte)0).ShouldBeFalse();

        // Without the padding it is the same quote; with anything in the padding it is none.
        Quote.TryParse(bytes.AsSpan(0, quote.Length), out var bare, out _).ShouldBeTrue();
        bare.Length.ShouldBe(quote.Length);
        for (var i = quote.Length; i < bytes.Length; i += 97)
        {
            bytes[i] = 1;
            Quote.TryParse(bytes, out _, out var failure).ShouldBeFalse();
            failure.ShouldNotBeNull().Found.ShouldStartWith("data after the");
            bytes[i] = 0;
        }
    }

    [VectorFact]
    public void Every_truncation_is_refused_in_words()
    {
        foreach (var bytes in new[] { IntelVectors.TdxQuote, IntelVectors.SgxQuote })
        {
            Quote.TryParse(bytes, out var quote, out _).ShouldBeTrue();
            for (var size = 0; size < quote.Length; size++)
            {
                Quote.TryParse(bytes.AsSpan(0, size), out _, out var failure).ShouldBeFalse();
                failure.ShouldNotBeNull().ToString().ShouldStartWith("quote format check: found ");
            }
        }
    }
}
