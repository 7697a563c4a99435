using Cocoon.EndToEnd.Harness;

namespace Cocoon.EndToEnd;

[Collection(LocalNetworkCollection.Name)]
public sealed class ChatCommandTests(LocalNetworkFixture network)
{
    [Fact]
    public async Task Chat_prints_the_answer_to_one_question()
    {
        var result = await CocoonCommand.RunAsync("chat", "What is Cocoon?", "--url", network.Gateway.ToString());

        result.Status.ShouldBe(0, result.Error);
        result.Output.Trim().ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Chat_with_a_model_that_does_not_exist_fails_with_the_gateways_own_words()
    {
        var result = await CocoonCommand.RunAsync("chat", "Hello", "--url", network.Gateway.ToString(), "--model", "no-such-model");

        result.Status.ShouldBe(1);
        result.Error.ShouldContain("no-such-model");
        result.Error.ShouldContain(LocalNetworkFixture.Model);
    }
}
