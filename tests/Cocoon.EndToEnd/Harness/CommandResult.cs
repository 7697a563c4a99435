using System.Text.Json.Nodes;

namespace Cocoon.EndToEnd.Harness;

/// <summary>How a command ended and what it said.</summary>
internal sealed record CommandResult(int Status, string Output, string Error)
{
    /// <summary>The one JSON object that is all of its standard output.</summary>
    public JsonObject Json()
    {
        Status.ShouldBe(0, Error);
        return JsonNode.Parse(Output).ShouldBeOfType<JsonObject>();
    }
}
