using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Cocoon.Attestation.Certificates;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Tests.Certificates;

public sealed class AttestedCertificateTests : IDisposable
{
    private static readonly DateTimeOffset Start = CertificateForge.Start;
    private static readonly CertificateLimits Limits = new(TimeSpan.FromMinutes(2), TimeSpan.FromDays(7));
    private readonly Ed25519PrivateKey _key = Ed25519PrivateKey.Generate();

    public void Dispose() => _key.Dispose();

    [Fact]
    public void Interop_12_6_5_Another_parser_finds_the_networks_critical_extensions_and_the_name_127_0_0_1()
    {
        var quote = RandomNumberGenerator.GetBytes(5000);
        using var certificate = X509CertificateLoader.LoadCertificate(AttestedCertificate.Create(_key, quote, Start, TimeSpan.FromDays(1)));

        certificate.Version.ShouldBe(3);
        certificate.Subject.ShouldBe("CN=localhost, OU=Security, O=TDLib Development, S=DUBAI, C=AE");
        certificate.IssuerName.RawData.ShouldBe(certificate.SubjectName.RawData);
        certificate.NotBefore.ToUniversalTime().ShouldBe(Start.UtcDateTime);
        certificate.NotAfter.ToUniversalTime().ShouldBe(Start.UtcDateTime.AddSeconds(86_400));
        certificate.PublicKey.Oid.Value.ShouldBe("1.3.101.112");
        certificate.PublicKey.EncodedKeyValue.RawData.ShouldBe(_key.PublicKey.Bits.ToArray());
        certificate.Extensions.Select(extension => (extension.Oid!.Value, extension.Critical)).ShouldBe(
        [
            ("1.3.6.1.4.1.12345.1", true),
            ("1.3.6.1.4.1.12345.2", true),
            ("2.5.29.19", true),
            ("2.5.29.15", true),
            ("2.5.29.37", true),
            ("2.5.29.14", false),
            ("2.5.29.17", false),
        ]);
        Value(0).ShouldBe(Convert.ToHexStringLower(quote));
        Value(1).ShouldBe(_key.PublicKey.ToString());
        Value(2).ShouldBe("3000");
        Value(3).ShouldBe("03020780");
        Value(4).ShouldBe("301406082b0601050507030106082b06010505070302");
        Value(5).ShouldBe("0414" + Convert.ToHexStringLower(SHA1.HashData(_key.PublicKey.Bits.ToArray())));
        Value(6).ShouldBe("302882096c6f63616c686f737482093132372e302e302e31871000000000000000000000000000000001");

        string Value(int index) => Convert.ToHexStringLower(certificate.Extensions[index].RawData);
    }

    [Fact]
    public void A_certificate_without_a_quote_has_neither_of_the_networks_extensions()
    {
        var der = AttestedCertificate.Create(_key, [], Start, TimeSpan.FromDays(1));
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        certificate.Extensions.Count.ShouldBe(5);
        certificate.Extensions[0].Oid!.Value.ShouldBe("2.5.29.19");
        AttestedCertificate.Parse(der).Quote.Length.ShouldBe(0);
    }

    [Fact]
    public void What_was_made_is_read_back()
    {
        var quote = RandomNumberGenerator.GetBytes(AttestedCertificate.MaxQuoteSize);
        var certificate = AttestedCertificate.Parse(AttestedCertificate.Create(_key, quote, Start, TimeSpan.FromDays(1)));
        certificate.PublicKey.ShouldBe(_key.PublicKey);
        certificate.Quote.ToArray().ShouldBe(quote);
        certificate.NotBefore.ShouldBe(Start);
        certificate.NotAfter.ShouldBe(Start.AddDays(1));
        certificate.FindRefusal(CertificateRole.Server, Start, Limits).ShouldBeNull();
        certificate.FindRefusal(CertificateRole.Client, Start, Limits).ShouldBeNull();
    }

    [Fact]
    public void Serial_numbers_differ()
    {
        using var one = X509CertificateLoader.LoadCertificate(AttestedCertificate.Create(_key, [], Start, TimeSpan.FromDays(1)));
        using var two = X509CertificateLoader.LoadCertificate(AttestedCertificate.Create(_key, [], Start, TimeSpan.FromDays(1)));
        one.SerialNumber.ShouldNotBe(two.SerialNumber);
    }

    [Fact]
    public void Too_large_a_quote_and_no_lifetime_are_refused_in_making()
    {
        Should.Throw<ArgumentException>(() => AttestedCertificate.Create(_key, new byte[AttestedCertificate.MaxQuoteSize + 1], Start, TimeSpan.FromDays(1)));
        Should.Throw<ArgumentException>(() => AttestedCertificate.Create(_key, [], Start, TimeSpan.Zero));
    }

    [Fact]
    public void A_version_1_certificate_with_extensions_is_accepted()
    {
        var certificate = Read(new CertificateForge { Version = null }.With("1.3.6.1.4.1.12345.1", true, [1, 2, 3]));
        certificate.Quote.ToArray().ShouldBe([1, 2, 3]);
        certificate.FindRefusal(CertificateRole.Server, Start, Limits).ShouldBeNull();
    }

    [Theory]
    [InlineData(new byte[] { 1 })]
    [InlineData(new byte[] { 3 })]
    [InlineData(new byte[] { 0x7f, 0xff, 0xff, 0xff, 0xff })]
    public void Other_versions_are_refused(byte[] version) => Refused(new CertificateForge { Version = version }, "version check");

    [Fact]
    public void Any_bit_changed_is_refused()
    {
        var der = AttestedCertificate.Create(_key, new byte[64], Start, TimeSpan.FromDays(1));
        for (var bit = 0; bit < der.Length * 8; bit++)
        {
            der[bit / 8] ^= (byte)(1 << (bit % 8));
            Should.Throw<AttestationException>(() => AttestedCertificate.Parse(der), $"bit {bit}");
            der[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        AttestedCertificate.Parse(der).PublicKey.ShouldBe(_key.PublicKey);
    }

    [Fact]
    public void Negative_certificate_with_trailing_data_or_cut_off()
    {
        var der = AttestedCertificate.Create(_key, new byte[64], Start, TimeSpan.FromDays(1));
        for (var length = 0; length < der.Length; length++)
        {
            var part = der.AsMemory(0, length);
            Should.Throw<AttestationException>(() => AttestedCertificate.Parse(part), $"length {length}");
        }
        Should.Throw<AttestationException>(() => AttestedCertificate.Parse((byte[])[.. der, 0])).Message.ShouldStartWith("format check");
    }

    [Fact]
    public void Noise_is_refused()
    {
        for (var round = 0; round < 2000; round++)
        {
            var noise = SHA512.HashData(BitConverter.GetBytes(round));
            noise[0] = 0x30;
            noise[1] = (byte)(noise.Length - 2);
            Should.Throw<AttestationException>(() => AttestedCertificate.Parse(noise));
        }
    }

    [Fact]
    public void A_signature_by_another_key_is_refused()
    {
        using var other = Ed25519PrivateKey.Generate();
        Refused(new CertificateForge { KeyBytes = other.PublicKey.Bits.ToArray() }, "signature check");
        Refused(new CertificateForge { BreakSignature = true }, "signature check");
    }

    [Fact]
    public void Interop_12_6_5_Keys_and_signatures_other_than_Ed25519_are_refused()
    {
        Refused(new CertificateForge { SignatureAlgorithm = "1.2.840.113549.1.1.11" }, "signature algorithm check: found 1.2.840.113549.1.1.11");
        Refused(new CertificateForge { OuterAlgorithm = "1.2.840.10045.4.3.2" }, "signature algorithm check: found 1.2.840.10045.4.3.2");
        Refused(new CertificateForge { KeyAlgorithm = "1.3.101.110" }, "key algorithm check: found 1.3.101.110");
    }

    [Fact]
    public void A_key_of_another_size_is_refused() => Refused(new CertificateForge { KeyBytes = new byte[31] }, "found a key of 248 bits, wanted 256");

    [Fact]
    public void An_issuer_that_is_not_the_subject_is_refused() => Refused(new CertificateForge { Issuer = "authority" }, "issuer check");

    [Fact]
    public void Interop_12_6_5_Critical_extensions_other_than_the_networks_are_refused()
    {
        Refused(new CertificateForge().With("1.2.3.4", true, [5, 0]), "the extension 1.2.3.4 is critical");
        Read(new CertificateForge().With("1.2.3.4", false, [5, 0])).PublicKey.ShouldBe(_key.PublicKey);
    }

    [Fact]
    public void An_extension_there_twice_is_refused() =>
        Refused(
            new CertificateForge().With("1.3.6.1.4.1.12345.1", true, [1]).With("1.3.6.1.4.1.12345.1", true, [2]),
            "the extension 1.3.6.1.4.1.12345.1 is there twice");

    [Fact]
    public void Too_many_extensions_are_refused()
    {
        var forge = new CertificateForge();
        for (var number = 0; number < 30; number++) forge.With($"1.2.3.{number}", false, []);
        Refused(forge, "more than 32 extensions");
    }

    [Fact]
    public void An_authority_is_refused() =>
        Refused(new CertificateForge().Without("2.5.29.19").With("2.5.29.19", true, [0x30, 3, 1, 1, 0xff]), "basic constraints check");

    [Fact]
    public void A_key_that_may_not_sign_is_refused() =>
        Refused(new CertificateForge().Without("2.5.29.15").With("2.5.29.15", true, [3, 2, 5, 0x20]), "key usage check");

    [Fact]
    public void Negative_oversized_quote_in_a_certificate()
    {
        Read(new CertificateForge().With("1.3.6.1.4.1.12345.1", true, new byte[32768])).Quote.Length.ShouldBe(32768);
        Refused(new CertificateForge().With("1.3.6.1.4.1.12345.1", true, new byte[32769]), "quote check: the quote has 32769 bytes, wanted at most 32768");
    }

    [Fact]
    public void Negative_oversized_certificate() =>
        Refused(new CertificateForge().With("1.2.3", false, new byte[70_000]), "format check: the certificate has ");

    [Fact]
    public void A_long_object_identifier_is_refused() =>
        Refused(new CertificateForge().With("1.2." + string.Join('.', Enumerable.Repeat("9", 100)), false, []), "object identifier of 101 bytes");

    [Fact]
    public void Usages_decide_who_may_present_it()
    {
        byte[] serverOnly = [0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1];
        byte[] clientOnly = [0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 2];
        var server = Read(new CertificateForge().Without("2.5.29.37").With("2.5.29.37", true, serverOnly));
        var client = Read(new CertificateForge().Without("2.5.29.37").With("2.5.29.37", true, clientOnly));
        var both = Read(new CertificateForge().Without("2.5.29.37"));

        server.FindRefusal(CertificateRole.Server, Start, Limits).ShouldBeNull();
        server.FindRefusal(CertificateRole.Client, Start, Limits).ShouldBe("usage check: the certificate is not for clients, wanted clientAuth.");
        client.FindRefusal(CertificateRole.Client, Start, Limits).ShouldBeNull();
        client.FindRefusal(CertificateRole.Server, Start, Limits).ShouldBe("usage check: the certificate is not for servers, wanted serverAuth.");
        both.FindRefusal(CertificateRole.Server, Start, Limits).ShouldBeNull();
        both.FindRefusal(CertificateRole.Client, Start, Limits).ShouldBeNull();
    }

    [Fact]
    public void Interop_12_6_5_A_server_needs_the_DNS_name_127_0_0_1_and_a_client_does_not()
    {
        byte[] other = [0x30, 19, 0x87, 4, 127, 0, 0, 1, 0x82, 11, .. "example.org"u8];
        foreach (var forge in new[] { new CertificateForge().Without("2.5.29.17"), new CertificateForge().Without("2.5.29.17").With("2.5.29.17", false, other) })
        {
            var certificate = Read(forge);
            certificate.FindRefusal(CertificateRole.Client, Start, Limits).ShouldBeNull();
            certificate.FindRefusal(CertificateRole.Server, Start, Limits)!.ShouldStartWith("name check");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_validity_is_kept_to_the_second_with_the_tolerance_of_clocks(bool generalizedTime)
    {
        var certificate = Read(new CertificateForge { GeneralizedTime = generalizedTime });
        var second = TimeSpan.FromSeconds(1);
        Refusal(Start - Limits.ClockTolerance).ShouldBeNull();
        Refusal(Start - Limits.ClockTolerance - second)!.ShouldBe(
            "validity check: the certificate begins at 2026-01-01 00:00:00Z and it is 2025-12-31 23:57:59Z; check the clocks of both sides.");
        Refusal(Start.AddDays(1) + Limits.ClockTolerance).ShouldBeNull();
        Refusal(Start.AddDays(1) + Limits.ClockTolerance + second)!.ShouldBe(
            "validity check: the certificate ended at 2026-01-02 00:00:00Z and it is 2026-01-02 00:02:01Z; the peer has to renew it.");

        string? Refusal(DateTimeOffset now) => certificate.FindRefusal(CertificateRole.Server, now, Limits);
    }

    [Fact]
    public void A_certificate_valid_for_too_long_is_refused()
    {
        Read(new CertificateForge { NotAfter = Start.AddDays(7) }).FindRefusal(CertificateRole.Server, Start, Limits).ShouldBeNull();
        Read(new CertificateForge { NotAfter = Start.AddDays(7).AddSeconds(1) }).FindRefusal(CertificateRole.Server, Start, Limits)!
            .ShouldContain("wanted at most 7.00:00:00");
    }

    private AttestedCertificate Read(CertificateForge forge) => AttestedCertificate.Parse(forge.Make(_key));

    private void Refused(CertificateForge forge, string reason) =>
        Should.Throw<AttestationException>(() => Read(forge)).Message.ShouldContain(reason);
}
