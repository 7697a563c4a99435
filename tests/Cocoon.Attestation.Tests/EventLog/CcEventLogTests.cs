using System.Buffers.Binary;
using System.Security.Cryptography;
using Cocoon.Attestation.EventLog;
using Cocoon.Attestation.Tests.Vectors;

namespace Cocoon.Attestation.Tests.EventLog;

public sealed class CcEventLogTests
{
    private const uint Ipl = 0xd;

    [VectorFact]
    public void Replaying_a_real_log_gives_the_registers_of_its_quote()
    {
        var table = CcelTable.Parse(HardwareVectors.Read("tdx/ccel_acpi_table.bin"));
        table.Type.ShouldBe(CcelTable.Tdx);
        var bytes = HardwareVectors.Read("tdx/ccel_event_log.bin");
        table.LogLength.ShouldBe((ulong)bytes.Length);

        var log = CcEventLog.Parse(bytes);
        log.Events.Length.ShouldBe(43);
        var report = log.Verify(QuotedMeasurements());
        report.FirstFailure.ShouldBeNull();
        report.IsValid.ShouldBeTrue();
        report.Checks.Select(check => check.Name).ShouldBe(["RTMR0", "RTMR1", "RTMR2", "RTMR3"]);
    }

    [VectorFact]
    public void The_events_of_a_real_boot_are_told_in_words()
    {
        var events = CcEventLog.Parse(HardwareVectors.Read("tdx/ccel_event_log.bin")).Events;
        events[0].Description.ShouldBe("table handed over by the firmware TdxTable");
        events[1].Description.ShouldBe("firmware volume Fv(48DB5E17-707C-472D-91CD-1613E7EF51B0)");
        events[2].Description.ShouldBe("UEFI variable SecureBoot = 0");
        events[2].IsDataMeasured.ShouldBeTrue();
        events[7].Description.ShouldBe("end of the firmware's own measurements");
        events[8].Description.ShouldBe("ACPI DATA");
        events[12].Description.ShouldStartWith("boot option Boot0001 \"UEFI nvme");
        events[16].TypeName.ShouldBe("EV_EFI_GPT_EVENT");
        events[23].Description.ShouldStartWith("EFI application \\EFI\\BOOT\\grub-la");
        events[23].IsDataMeasured.ShouldBeFalse();
        events[40].Description.ShouldStartWith("kernel_cmdline: /syslinux/vmlinuz.A init=/usr/lib/systemd/systemd");
    }

    [VectorFact]
    public void No_digest_of_a_real_log_can_be_changed()
    {
        var bytes = HardwareVectors.Read("tdx/ccel_event_log.bin");
        var quoted = QuotedMeasurements();
        var original = CcEventLog.Parse(bytes);
        foreach (var measured in original.Events)
        {
            for (var index = 0; index < measured.Digest.Length; index += 7)
            {
                var changed = bytes.ToArray();
                changed[Offset(bytes, measured) + index] ^= (byte)(1 << (index % 8));
                CcEventLog.Parse(changed).Verify(quoted).FirstFailure!.ShouldStartWith($"RTMR{measured.Register - 1} check: ");
            }
        }
    }

    [VectorFact]
    public void Every_cut_of_a_real_log_is_refused_or_tells_less()
    {
        var bytes = HardwareVectors.Read("tdx/ccel_event_log.bin").AsMemory(0, 18101);
        var quoted = QuotedMeasurements();
        for (var length = 0; length < bytes.Length; length++)
        {
            try
            {
                CcEventLog.Parse(bytes[..length]).Verify(quoted).IsValid.ShouldBeFalse($"{length} bytes");
            }
            catch (AttestationException)
            {
                continue;
            }
        }
    }

    [Fact]
    public void Two_boots_are_compared_event_by_event()
    {
        var wanted = EventLogForge.Log((2, Ipl, "kernel 6.11"), (3, Ipl, "console=ttyS0"), (3, Ipl, "initrd"));
        var found = EventLogForge.Log((2, Ipl, "kernel 6.11"), (3, Ipl, "console=ttyS0 debug"), (3, Ipl, "initrd"), (4, Ipl, "an extra"));
        CcEventLog.Parse(wanted).CompareTo(CcEventLog.Parse(wanted)).IsValid.ShouldBeTrue();

        var report = CcEventLog.Parse(found).CompareTo(CcEventLog.Parse(wanted));
        report.Checks.Where(check => check.Passed).Select(check => check.Name).ShouldBe(["RTMR0", "RTMR1"]);
        report.FirstFailure!.ShouldStartWith("RTMR2 check: found event 1, EV_IPL, console=ttyS0 debug, digest ");
        report.FirstFailure.ShouldContain(", wanted event 1, EV_IPL, console=ttyS0, digest ");
        report.FirstFailure.ShouldEndWith("this is where the boot loader's commands, kernel and command line first differs, after 0 events that are the same.");
        report.Checks[3].ToString().ShouldContain("found event 3, EV_IPL, an extra");
        report.Checks[3].Wanted.ShouldBe("no further event");
    }

    [Fact]
    public void Entries_that_only_inform_are_not_measured()
    {
        CcEventLog.Parse(EventLogForge.Log((1, 3, "StartupLocality"), (0, Ipl, "of no register"))).Replay()
            .SelectMany(register => register.ToArray()).ShouldAllBe(value => value == 0);
    }

    [Fact]
    public void A_log_that_lies_about_its_parts_is_refused()
    {
        var log = EventLogForge.Log((1, Ipl, "a"));
        var start = log.Length - 4 - 1 - 50 - 12;
        Refusal(log, bytes => BinaryPrimitives.WriteUInt32LittleEndian(bytes[^5..], uint.MaxValue)).ShouldBe("The boot log has a part of 4294967295 bytes where 1 are left.");
        Refusal(log, bytes => bytes[start] = 5).ShouldBe("Event 0 of the boot log is of register 5, wanted 0 to 4.");
        Refusal(log, bytes => bytes[start + 8] = 2).ShouldBe("Event 0 of the boot log has 2 digests, wanted 1.");
        Refusal(log, bytes => bytes[start + 12] = 0x0b).ShouldBe("Event 0 of the boot log has a digest of algorithm 11.");
        Refusal(log, bytes => bytes[4] = 4).ShouldContain("does not begin with");
        Refusal(log, bytes => bytes[32] = (byte)'X').ShouldContain("does not begin with");
        Refusal(log, bytes => BinaryPrimitives.WriteUInt32LittleEndian(bytes[56..], 9)).ShouldContain("digests of 9 algorithms, wanted 1 to 8");
        Refusal(log, bytes => bytes[60] = 0x0b).ShouldContain("no SHA-384 digests");
        Refusal(log, bytes => bytes[62] = 20).ShouldContain("no SHA-384 digests");
        Refusal([.. log, .. new byte[20], 1], _ => { }).ShouldBe("The boot log goes on after its end.");
        Should.Throw<AttestationException>(() => CcEventLog.Parse(new byte[CcEventLog.MaxSize + 1])).Message.ShouldContain("wanted at most");
    }

    [Fact]
    public void The_unwritten_part_of_the_area_may_be_ones_or_zeros()
    {
        var log = EventLogForge.Log((1, Ipl, "a"));
        foreach (var filler in new byte[] { 0, 0xff })
            CcEventLog.Parse((byte[])[.. log, .. Enumerable.Repeat(filler, 100)]).Events.Length.ShouldBe(1);
    }

    [Fact]
    public void A_log_has_a_bounded_number_of_events()
    {
        var events = Enumerable.Repeat((1, Ipl, ""), CcEventLog.MaxEvents + 1).ToArray();
        Should.Throw<AttestationException>(() => CcEventLog.Parse(EventLogForge.Log(events))).Message.ShouldBe("The boot log has more than 16384 events.");
    }

    [Fact]
    public void Data_of_any_form_is_described_without_harm()
    {
        foreach (var type in new uint[] { 4, 5, 0xd, 0x80000001, 0x80000002, 0x80000003, 0x80000006, 0x8000000a, 0x8000000b, 0x800000e0, 77 })
        {
            for (var length = 0; length < 80; length++)
            {
                foreach (var value in new byte[] { 0, 1, 4, 8, 0x7f, 0xff })
                {
                    var text = new CcEvent(0, 1, type, new byte[48], Enumerable.Repeat(value, length).ToArray()).Description;
                    text.Length.ShouldBeLessThanOrEqualTo(240);
                    text.ShouldAllBe(character => character >= ' ' && character < 127);
                }
            }
        }
    }

    [Fact]
    public void A_table_that_is_not_whole_is_refused()
    {
        var table = EventLogForge.Table();
        CcelTable.Parse(table).ShouldBe(new CcelTable(2, 0, 4096, 0x1000));
        for (var index = 0; index < table.Length; index++)
        {
            var changed = table.ToArray();
            changed[index] ^= 1;
            Should.Throw<AttestationException>(() => CcelTable.Parse(changed));
        }
        Should.Throw<AttestationException>(() => CcelTable.Parse(table.AsSpan(1))).Message.ShouldContain("55 bytes");
        Should.Throw<AttestationException>(() => CcelTable.Parse(EventLogForge.Table(CcEventLog.MaxSize + 1L))).Message.ShouldContain("wanted at most");
    }

    private static string Refusal(byte[] log, SpanAction change)
    {
        var changed = log.ToArray();
        change(changed);
        return Should.Throw<AttestationException>(() => CcEventLog.Parse(changed)).Message;
    }

    private static int Offset(byte[] log, CcEvent measured)
    {
        // The digest is a slice of the log's own array.
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(measured.Digest, out var segment).ShouldBeTrue();
        segment.Array.ShouldBeSameAs(log);
        return segment.Offset;
    }

    // A quote of version 4: its header has 48 bytes, and the measurements stand together from byte 136 of the report.
    private static TeeMeasurements QuotedMeasurements() => TeeMeasurements.Tdx(HardwareVectors.Read("tdx/ccel_quote.bin").AsSpan(48 + 136, TeeMeasurements.TdxSize));

    private delegate void SpanAction(Span<byte> bytes);
}
