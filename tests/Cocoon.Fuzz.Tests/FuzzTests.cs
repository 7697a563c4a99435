using Cocoon.Fuzz.Evidence;
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

    public static TheoryData<string> Evidence() => [.. EvidenceTargets.Create().Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Evidence))]
    public void Changed_evidence_is_refused_in_words_or_says_what_was_signed(string name)
    {
        var target = EvidenceTargets.Create().Single(target => target.Name == name);
        var result = EvidenceCampaign.Run(new FuzzOptions(200, null, 22), target, 1);
        result.Failure.ShouldBeNull();
        result.Packets.ShouldBe(200);
    }

    [Fact]
    public void Codecs_agree_with_the_schema()
    {
        var options = new FuzzOptions(200, null, 21);
        TlSchema.Declarations.Select(declaration => CodecCampaign.Run(options, declaration)).Where(result => result.Failure is not null).ShouldBeEmpty();
    }
}
