using Cocoon.Cryptography;

namespace Cocoon.Attestation.Tests;

public sealed class TeeMeasurementsTests
{
    [Fact]
    public void Vector_13_3_The_image_hash_of_zero_measurements_is_the_networks()
    {
        TeeMeasurements.ZeroTdx.ImageHash.ToString().ShouldBe("5c55c8f4db4010ba9203d83536d0609856af8c847ac039e37e7dde8fbd574b61");
        Convert.ToBase64String(TeeMeasurements.ZeroTdx.ImageHash.ToArray()).ShouldBe("XFXI9NtAELqSA9g1NtBgmFavjIR6wDnjfn3ej71XS2E=");
    }

    [Fact]
    public void Vector_13_3_The_image_hash_takes_every_measurement_in_its_place()
    {
        byte[] packed = [.. "\u0012\u0034\u00aa\u00bbabcd".SelectMany(value => Enumerable.Repeat((byte)value, 48))];
        TeeMeasurements.Tdx(packed).ImageHash.ToString().ShouldBe("36caf4e8958afa865b8ccc68f1c6f40bc7bddb11150bf437f6fed58b1ca26000");
    }

    [Fact]
    public void The_image_hash_of_an_enclave_is_of_its_measurement_and_zeros()
    {
        var enclave = Enumerable.Repeat((byte)7, 32).ToArray();
        TeeMeasurements.Sgx(enclave).ImageHash.ShouldBe(Bits256.Sha256([.. enclave, .. new byte[64]]));
    }

    [Fact]
    public void Vector_13_3_The_report_data_is_the_hash_of_the_key()
    {
        var key = new Ed25519PublicKey(new Bits256([.. Enumerable.Range(0, 32).Select(value => (byte)value)]));
        Convert.ToHexStringLower(TeeMeasurements.ReportDataOf(key)).ShouldBe(
            "3d94eea49c580aef816935762be049559d6d1440dede12e6a125f1841fff8e6fa9d71862a3e5746b571be3d187b0041046f52ebd850c7cbd5fde8ee38473b649");
    }

    [Fact]
    public void Measurements_of_another_size_are_refused()
    {
        Should.Throw<ArgumentException>(() => TeeMeasurements.Tdx(new byte[383])).Message.ShouldContain("384 bytes are wanted, found 383");
        Should.Throw<ArgumentException>(() => TeeMeasurements.Sgx(new byte[48])).Message.ShouldContain("32 bytes are wanted, found 48");
    }
}
