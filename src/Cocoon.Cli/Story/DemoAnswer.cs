namespace Cocoon.Cli.Story;

/// <summary>One question of the demo and what came back.</summary>
/// <param name="Question">What was asked.</param>
/// <param name="Text">The whole answer.</param>
/// <param name="Streamed">Whether it was asked for as a stream.</param>
/// <param name="Parts">How many parts with text came; 1 when it was not streamed.</param>
internal sealed record DemoAnswer(string Question, string Text, bool Streamed, int Parts);
