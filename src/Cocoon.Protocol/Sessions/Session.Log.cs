using Microsoft.Extensions.Logging;

namespace Cocoon.Protocol.Sessions;

public sealed partial class Session
{
    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "Session ended ({Reason}): {Why}")]
        public static partial void Ended(ILogger logger, SessionEndReason reason, string why);

        [LoggerMessage(2, LogLevel.Warning, "Dropped a message of kind {Kind} that cannot be decoded ({Count} so far): {Why}")]
        public static partial void MessageDropped(ILogger logger, string kind, long count, string why);

        [LoggerMessage(3, LogLevel.Error, "The handler of {Kind} failed with {Exception}")]
        public static partial void HandlerFailed(ILogger logger, string kind, string exception);

        [LoggerMessage(4, LogLevel.Error, "The answer to {Kind} cannot be sent: {Why}")]
        public static partial void AnswerNotSent(ILogger logger, string kind, string why);
    }
}
