namespace Cocoon.Client.Proxies;

/// <summary>More of an answer arrived than its caller read.</summary>
internal sealed class AnswerOverflowException(long limit)
    : IOException($"The answer was read too slowly: more than {limit} bytes of it were waiting. Read faster, or raise MaxBufferedAnswerBytes.");
