namespace Cocoon.Client.Gateway;

/// <summary>The two inference calls, told apart by path.</summary>
internal enum InferenceApi
{
    ChatCompletions,
    Completions,
}
