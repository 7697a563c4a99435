using System.Buffers;
using System.Net;
using Cocoon.Attestation.PeerInfo;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Tests.PeerInfo;

public sealed class AttestedPeerInfoTests
{
    private const string KeyHex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    private const string ReportDataHex =
        "3d94eea49c580aef816935762be049559d6d1440dede12e6a125f1841fff8e6fa9d71862a3e5746b571be3d187b0041046f52ebd850c7cbd5fde8ee38473b649";
    private const string TailHex =
        "20" + KeyHex + "0000000831302e302e322e32000000409c0000093132372e302e302e3100005e2b0000";
    private const string UnattestedFrame =
        "78000000" + "00000000"
        + "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000" + TailHex;

    private static readonly Ed25519PublicKey Key = new(Bits256.Parse(KeyHex));
    private static readonly IPEndPoint Source = new(IPAddress.Parse("10.0.2.2"), 40000);
    private static readonly IPEndPoint Destination = new(IPAddress.Loopback, 11102);
    private static readonly PeerEvidence FakePeer =
        new(EvidenceKind.FakeTdx, TeeMeasurements.ZeroTdx.ImageHash, Key, TeeMeasurements.ReportDataOf(Key)) { Measurements = TeeMeasurements.ZeroTdx };

    [Fact]
    public void Vector_13_3_The_frame_of_an_unattested_peer_is_the_networks() =>
        Convert.ToHexStringLower(AttestedPeerInfo.Of(PeerEvidence.Unattested(Key), Source, Destination).ToFrame()).ShouldBe(UnattestedFrame);

    [Fact]
    public void Vector_13_3_The_frame_of_a_stand_in_peer_is_the_networks()
    {
        var frame = AttestedPeerInfo.Of(FakePeer, Source, Destination).ToFrame();
        Convert.ToHexStringLower(frame).ShouldBe(
            "3c020000" + "0100000000000000" + new string('0', 2 * 384) + ReportDataHex + new string('0', 2 * 48) + TailHex);
        frame.Length.ShouldBe(4 + 572);
    }

    [Fact]
    public void A_frame_is_read_back()
    {
        var frame = AttestedPeerInfo.Of(FakePeer, Source, new IPEndPoint(IPAddress.Parse("2001:db8::7"), 65535)).ToFrame();
        var buffer = new ReadOnlySequence<byte>([.. frame, 9, 9]);
        AttestedPeerInfo.TryReadFrame(ref buffer, out var info).ShouldBeTrue();
        buffer.ToArray().ShouldBe([9, 9]);
        info!.PublicKey.ShouldBe(Key);
        info.ImageHash.ShouldBe(TeeMeasurements.ZeroTdx.ImageHash);
        info.Source.ShouldBe(Source);
        info.Destination.ToString().ShouldBe("[2001:db8::7]:65535");
        info.ToFrame().ShouldBe(frame);
    }

    [Fact]
    public void A_frame_of_an_enclave_is_read_back()
    {
        var info = new AttestedPeerInfo
        {
            Measurements = TeeMeasurements.Sgx(Enumerable.Repeat((byte)5, 32).ToArray()),
            ReportData = Enumerable.Repeat((byte)6, 64).ToArray(),
            CollateralRootHash = Enumerable.Repeat((byte)7, 48).ToArray(),
            PublicKey = Key,
            Source = Source,
            Destination = Destination,
        };
        var frame = info.ToFrame();
        var again = AttestedPeerInfo.Parse(frame.AsSpan(4));
        again.Measurements!.Kind.ShouldBe(TeeMeasurementKind.Sgx);
        again.ToFrame().ShouldBe(frame);
    }

    [Fact]
    public void An_unattested_frame_has_no_image()
    {
        var info = AttestedPeerInfo.Parse(Convert.FromHexString(UnattestedFrame).AsSpan(4));
        info.Measurements.ShouldBeNull();
        info.ImageHash.ShouldBe(Bits256.Zero);
    }

    [Fact]
    public void A_frame_that_is_not_all_there_yet_is_waited_for()
    {
        var frame = Convert.FromHexString(UnattestedFrame);
        for (var length = 0; length < frame.Length; length++)
        {
            var buffer = new ReadOnlySequence<byte>(frame, 0, length);
            AttestedPeerInfo.TryReadFrame(ref buffer, out var info).ShouldBeFalse();
            info.ShouldBeNull();
            buffer.Length.ShouldBe(length);
        }
    }

    [Fact]
    public void A_frame_over_the_limit_is_refused_by_its_length_alone()
    {
        Should.Throw<FormatException>(() => Read("9940000000")).Message.ShouldContain("16537 bytes, wanted at most 16536");
        Should.Throw<FormatException>(() => Read("ffffffff")).Message.ShouldContain("4294967295 bytes");
        Read("98400000").ShouldBeFalse();

        static bool Read(string hex)
        {
            var buffer = new ReadOnlySequence<byte>(Convert.FromHexString(hex));
            return AttestedPeerInfo.TryReadFrame(ref buffer, out _);
        }
    }

    [Fact]
    public void Every_part_of_a_body_is_refused_and_so_is_one_with_a_byte_after_it()
    {
        var body = AttestedPeerInfo.Of(FakePeer, Source, Destination).ToFrame().AsMemory(4);
        for (var length = 0; length < body.Length; length++)
            Should.Throw<FormatException>(() => AttestedPeerInfo.Parse(body.Span[..length]), $"length {length}");
        Should.Throw<FormatException>(() => AttestedPeerInfo.Parse([.. body.Span, 0])).Message.ShouldContain("1 bytes after its end");
    }

    [Fact]
    public void Every_change_of_one_byte_is_refused_or_read_as_what_it_then_says()
    {
        byte[][] bodies = [Convert.FromHexString(UnattestedFrame)[4..], AttestedPeerInfo.Of(FakePeer, Source, Destination).ToFrame()[4..]];
        foreach (var body in bodies)
        {
            for (var change = 0; change < body.Length * 256; change++)
            {
                var changed = (byte[])body.Clone();
                changed[change / 256] = (byte)change;
                try
                {
                    var again = AttestedPeerInfo.Parse(changed).ToFrame();
                    AttestedPeerInfo.Parse(again.AsSpan(4)).ToFrame().ShouldBe(again);
                }
                catch (FormatException)
                {
                    // Refused with a reason.
                }
            }
        }
    }

    [Theory]
    [InlineData(0, 2, "has_attestation 2")]
    [InlineData(52, 31, "public key of 31 bytes")]
    [InlineData(52, 33, "public key of 33 bytes")]
    [InlineData(89, (byte)'x', "source ip")]
    [InlineData(103, 1, "port")]
    [InlineData(88, 200, "source ip of 200 bytes")]
    public void A_field_out_of_range_is_refused(int offset, byte value, string reason)
    {
        var body = Convert.FromHexString(UnattestedFrame)[4..];
        body[offset] = value;
        Should.Throw<FormatException>(() => AttestedPeerInfo.Parse(body)).Message.ShouldContain(reason);
    }

    [Fact]
    public void A_property_of_a_wrong_size_is_not_written()
    {
        var info = new AttestedPeerInfo { Measurements = TeeMeasurements.ZeroTdx, PublicKey = Key, Source = Source, Destination = Destination };
        Should.Throw<InvalidOperationException>(info.ToFrame).Message.ShouldBe("ReportData has 0 bytes, wanted 64.");
    }
}
