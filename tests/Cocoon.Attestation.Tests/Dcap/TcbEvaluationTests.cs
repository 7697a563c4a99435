using System.Collections.Immutable;
using System.Text;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.Quotes;
using Cocoon.Attestation.Simulation;

namespace Cocoon.Attestation.Tests.Dcap;

/// <summary>Intel's rules of levels and statuses (quote verification library, evaluation of the TCB).</summary>
public sealed class TcbEvaluationTests
{
    private static readonly SimulatedPlatform Platform = SimulatedScene.DefaultPlatform;
    private static readonly QuoteRequirements Anything = new() { AcceptedStatuses = [.. Enum.GetValues<TcbStatus>()] };

    [Theory]
    [InlineData(TcbStatus.UpToDate, TcbStatus.UpToDate, TcbStatus.UpToDate)]
    [InlineData(TcbStatus.UpToDate, TcbStatus.OutOfDate, TcbStatus.OutOfDate)]
    [InlineData(TcbStatus.SwHardeningNeeded, TcbStatus.UpToDate, TcbStatus.SwHardeningNeeded)]
    [InlineData(TcbStatus.SwHardeningNeeded, TcbStatus.OutOfDate, TcbStatus.OutOfDate)]
    [InlineData(TcbStatus.ConfigurationNeeded, TcbStatus.OutOfDate, TcbStatus.OutOfDateConfigurationNeeded)]
    [InlineData(TcbStatus.ConfigurationAndSwHardeningNeeded, TcbStatus.OutOfDate, TcbStatus.OutOfDateConfigurationNeeded)]
    [InlineData(TcbStatus.OutOfDate, TcbStatus.UpToDate, TcbStatus.OutOfDate)]
    [InlineData(TcbStatus.OutOfDateConfigurationNeeded, TcbStatus.OutOfDate, TcbStatus.OutOfDateConfigurationNeeded)]
    [InlineData(TcbStatus.UpToDate, TcbStatus.Revoked, TcbStatus.Revoked)]
    [InlineData(TcbStatus.Revoked, TcbStatus.OutOfDate, TcbStatus.Revoked)]
    public void A_component_can_only_make_it_worse(TcbStatus platform, TcbStatus component, TcbStatus together)
    {
        TcbStatuses.Converge(platform, component).ShouldBe(together);
        if (component is TcbStatus.UpToDate or TcbStatus.OutOfDate or TcbStatus.Revoked)
        {
            StatusOf(Platform with { Status = platform, ModuleStatus = component }).ShouldBe(together);
            StatusOf(Platform with { Status = platform, QeStatus = component }).ShouldBe(together);
        }
    }

    [Theory]
    [InlineData(TcbStatus.OutOfDate, TcbStatus.UpToDate, TcbStatus.TdRelaunchAdvised)]
    [InlineData(TcbStatus.OutOfDate, TcbStatus.SwHardeningNeeded, TcbStatus.TdRelaunchAdvised)]
    [InlineData(TcbStatus.OutOfDate, TcbStatus.ConfigurationNeeded, TcbStatus.TdRelaunchAdvisedConfigurationNeeded)]
    [InlineData(TcbStatus.OutOfDate, TcbStatus.ConfigurationAndSwHardeningNeeded, TcbStatus.TdRelaunchAdvisedConfigurationNeeded)]
    [InlineData(TcbStatus.OutOfDateConfigurationNeeded, TcbStatus.UpToDate, TcbStatus.TdRelaunchAdvisedConfigurationNeeded)]
    [InlineData(TcbStatus.OutOfDate, TcbStatus.OutOfDate, TcbStatus.OutOfDate)]
    [InlineData(TcbStatus.OutOfDate, TcbStatus.Revoked, TcbStatus.Revoked)]
    [InlineData(TcbStatus.UpToDate, TcbStatus.Revoked, TcbStatus.Revoked)]
    [InlineData(TcbStatus.UpToDate, TcbStatus.OutOfDate, TcbStatus.UpToDate)]
    [InlineData(TcbStatus.Revoked, TcbStatus.UpToDate, TcbStatus.Revoked)]
    public void A_guest_older_than_its_platform_should_be_started_again(TcbStatus atLaunch, TcbStatus now, TcbStatus together) =>
        TcbStatuses.Relaunch(atLaunch, now).ShouldBe(together);

    [Fact]
    public void A_guest_that_ran_through_an_update_is_told_from_an_old_platform()
    {
        ImmutableArray<byte> old = [4, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        var guest = new SimulatedGuest { QuoteVersion = 5, BodyKind = QuoteBodyKind.Td15, TeeTcbSvn = old };
        StatusOf(Platform, guest).ShouldBe(TcbStatus.TdRelaunchAdvised);
        StatusOf(Platform, guest with { TeeTcbSvn2 = old }).ShouldBe(TcbStatus.OutOfDate);
        StatusOf(Platform with { Status = TcbStatus.ConfigurationNeeded }, guest).ShouldBe(TcbStatus.TdRelaunchAdvisedConfigurationNeeded);
        StatusOf(Platform, guest with { BodyKind = QuoteBodyKind.Td10 }).ShouldBe(TcbStatus.OutOfDate);
    }

    [Fact]
    public void The_module_of_TDX_1_0_is_judged_by_the_platforms_level()
    {
        // Major version 0: the first two numbers count as the others do, and there is no module identity.
        ImmutableArray<byte> good = [5, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        StatusOf(Platform, new SimulatedGuest { TeeTcbSvn = good }).ShouldBe(TcbStatus.UpToDate);
        StatusOf(Platform, new SimulatedGuest { TeeTcbSvn = good.SetItem(0, 4) }).ShouldBe(TcbStatus.OutOfDate);

        // From 1.5 on they are the module's version, and only its identity judges them.
        StatusOf(Platform with { TdxComponents = Platform.TdxComponents.SetItem(0, 200) }).ShouldBe(TcbStatus.UpToDate);
        StatusOf(Platform with { ModuleSvn = 7 }).ShouldBe(TcbStatus.OutOfDate);
    }

    [Fact]
    public void The_order_of_levels_in_the_document_does_not_matter()
    {
        var json = Encoding.UTF8.GetString(SimulatedCollateral.WriteTcbInfo(Platform));
        var levels = json[(json.LastIndexOf("\"tcbLevels\":[", StringComparison.Ordinal) + 13)..^2];
        var split = levels.IndexOf("},{\"tcb\"", StringComparison.Ordinal) + 1;
        var reversed = json.Replace(levels, $"{levels[(split + 1)..]},{levels[..split]}", StringComparison.Ordinal);
        reversed.ShouldNotBe(json);
        var info = TcbInfo.Parse(Encoding.UTF8.GetBytes(reversed));
        info.Levels.Select(level => level.Status).ShouldBe([TcbStatus.UpToDate, TcbStatus.OutOfDate]);
    }

    [Fact]
    public void One_level_twice_is_refused()
    {
        var json = Encoding.UTF8.GetString(SimulatedCollateral.WriteTcbInfo(Platform));
        var levels = json[(json.LastIndexOf("\"tcbLevels\":[", StringComparison.Ordinal) + 13)..^2];
        Should.Throw<AttestationException>(() => TcbInfo.Parse(Encoding.UTF8.GetBytes(json.Replace(levels, $"{levels},{levels}", StringComparison.Ordinal))))
            .Message.ShouldBe("TCB info check: found one TCB level twice.");
    }

    [Fact]
    public void Version_2_of_TCB_info_is_for_SGX()
    {
        var components = string.Join(',', Enumerable.Range(1, 16).Select(number => $"\"sgxtcbcomp{number:d2}svn\":{number}"));
        var info = TcbInfo.Parse(Encoding.UTF8.GetBytes(
            """{"version":2,"issueDate":"2025-06-19T10:16:03Z","nextUpdate":"2025-07-19T10:16:03Z","fmspc":"00A067110000","pceId":"0000","""
            + """ "tcbType":0,"tcbEvaluationDataNumber":17,"tcbLevels":[{"tcb":{"pcesvn":13,"""
            + components
            + """},"tcbDate":"2024-03-13T00:00:00Z","tcbStatus":"SWHardeningNeeded","advisoryIDs":["INTEL-SA-00615"]}]}"""));
        info.Tee.ShouldBe(TeeMeasurementKind.Sgx);
        info.Levels.Single().SgxComponents.ShouldBe([.. Enumerable.Range(1, 16).Select(number => (byte)number)]);
        info.Levels.Single().Status.ShouldBe(TcbStatus.SwHardeningNeeded);
    }

    [Theory]
    [InlineData("\"version\":3", "\"version\":4", "found version 4, wanted 2 or 3")]
    [InlineData("\"id\":\"TDX\"", "\"id\":\"QE\"", "found TCB info for 'QE'")]
    [InlineData("\"tcbType\":0", "\"tcbType\":1", "found another TCB type")]
    [InlineData("\"pceId\":\"0000\"", "\"pceId\":\"00\"", "the member 'pceId' is not 2 bytes in hexadecimal")]
    [InlineData("\"pceId\":\"0000\"", "\"pceId\":0", "the member 'pceId' is not a string")]
    [InlineData("\"tcbStatus\":\"UpToDate\"", "\"tcbStatus\":\"Fine\"", "the status 'Fine' is not one of UpToDate")]
    [InlineData("\"pcesvn\":13", "\"pcesvn\":-1", "the member 'pcesvn' is not a number of 0 to 65535")]
    [InlineData("\"pcesvn\":13", "\"pcesvn\":13,\"pcesvn\":13", "")]
    [InlineData("\"nextUpdate\":\"2026-03-31T12:00:00Z\"", "\"nextUpdate\":\"31.3.2026\"", "the member 'nextUpdate' is not a time")]
    [InlineData("\"tdxModule\":", "\"module\":", "the member 'tdxModule' is missing")]
    public void TCB_info_of_another_form_is_refused_in_words(string found, string replaced, string message)
    {
        var json = Encoding.UTF8.GetString(SimulatedCollateral.WriteTcbInfo(Platform));
        json.ShouldContain(found);
        Should.Throw<AttestationException>(() => TcbInfo.Parse(Encoding.UTF8.GetBytes(json.Replace(found, replaced, StringComparison.Ordinal))))
            .Message.ShouldStartWith("TCB info check: " + message);
    }

    private static TcbStatus StatusOf(SimulatedPlatform platform, SimulatedGuest? guest = null)
    {
        var verdict = new SimulatedScene { Platform = platform, Guest = guest ?? new SimulatedGuest(), Requirements = Anything }.Verify();
        var status = verdict.Report.Checks.Single(check => check.Name == "TCB status").Found.Split(' ')[0];
        return Enum.GetValues<TcbStatus>().Single(value => TcbStatuses.Name(value) == status);
    }
}
