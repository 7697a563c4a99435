using Cocoon.Testing.Tl;

namespace Cocoon.Fuzz.Tests;

/// <summary>A small run of the fuzzer at each build; <c>./fuzz</c> makes a long one.</summary>
public sealed class FuzzTests
{
    public static TheoryData<string> Roles() => [.. Campaign.Roles.Select(role => role.Name)];

    [Theory]
    [MemberData(nameof(Roles))]
    public async Task A_role_outlives_packets_of_every_kind_in_every_state(string role)
    {
        var results = await Campaign.RunAsync(new FuzzOptions(500, null, 20, role), _ => { });
        results.Where(result => result.Failure is not null).Select(result => $"{result.State}: {result.Failure}").ShouldBeEmpty();
        results.ShouldAllBe(result => result.Packets >= 500);
    }

    [Fact]
    public void Codecs_agree_with_the_schema()
    {
        var options = new FuzzOptions(200, null, 21);
        TlSchema.Declarations.Select(declaration => CodecCampaign.Run(options, declaration)).Where(result => result.Failure is not null).ShouldBeEmpty();
    }
}
