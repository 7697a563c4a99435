namespace Cocoon.Client.Gateway;

/// <summary>One inference request as the gateway understood it.</summary>
/// <param name="Api">Which call it is.</param>
/// <param name="Model">The model's base name.</param>
/// <param name="Body">The JSON document that goes to the worker: the gateway's own fields are gone and the token limit stands in it.</param>
/// <param name="MaxTokens">The most raw tokens all choices of the answer together may have.</param>
/// <param name="MaxCoefficient">The highest coefficient accepted, in thousandths.</param>
/// <param name="Timeout">How long it may take.</param>
/// <param name="EnableDebug">Whether proxy and worker shall report their timings.</param>
internal sealed record InferenceRequest(
    InferenceApi Api, string Model, ReadOnlyMemory<byte> Body, int MaxTokens, int MaxCoefficient, TimeSpan Timeout, bool EnableDebug)
{
    public string Path => Api == InferenceApi.ChatCompletions ? "/v1/chat/completions" : "/v1/completions";
}
