using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Cocoon.Attestation.Chains;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.Quotes;
using Cocoon.Attestation.Simulation;

namespace Cocoon.Attestation.Tests.Dcap;

/// <summary>Whatever a reader is given, it reads it or refuses it with the one error that it declares.</summary>
public sealed class HostileInputTests
{
    private const int Rounds = 3000;
    private static readonly SimulatedTee Tee = new(SimulatedScene.DefaultPlatform with { IsRevoked = true });

    [Fact]
    public void Mutated_certificates()
    {
        foreach (var der in SimulatedScene.ReadPem(Tee.PckChain)) Mutate(der, bytes => ChainCertificate.Parse(bytes));
    }

    [Fact]
    public void Mutated_revocation_lists() => Mutate(Tee.Collateral.PckCrl.ToArray(), bytes => RevocationList.Parse(bytes));

    [Fact]
    public void Mutated_chains() => Mutate(Encoding.ASCII.GetBytes(Tee.PckChain), bytes => PckChain.Read(bytes, known: null));

    [Fact]
    public void Mutated_TCB_info() => Mutate(Tee.Collateral.TcbInfo.ToArray(), bytes => TcbInfo.Parse(bytes));

    [Fact]
    public void Mutated_QE_identities() => Mutate(Tee.Collateral.QeIdentity.ToArray(), bytes => QeIdentity.Parse(bytes));

    [Fact]
    public void Mutated_collateral_files() => Mutate(Tee.Collateral.ToJson(), bytes => DcapCollateral.ParseJson(bytes));

    [Fact]
    public void Mutated_quotes()
    {
        var quote = Tee.CreateQuote(new SimulatedGuest { QuoteVersion = 5, BodyKind = QuoteBodyKind.Td15 }, SimulatedScene.Key);
        Mutate(quote, bytes =>
        {
            Quote.TryParse(bytes, out _, out _);
            DcapPlatform.TryRead(bytes, out _, out _);
        });
    }

    [Fact]
    public void A_certificate_says_what_is_wrong_with_it()
    {
        var der = SimulatedScene.ReadPem(Tee.PckChain)[0];
        MessageOf([]).ShouldContain("not well-formed");
        MessageOf([.. der, 0]).ShouldContain("not well-formed");
        MessageOf(new byte[ChainCertificate.MaxSize + 1]).ShouldContain($"{ChainCertificate.MaxSize + 1} bytes is larger than {ChainCertificate.MaxSize}");

        static string MessageOf(byte[] der) => Should.Throw<AttestationException>(() => ChainCertificate.Parse(der)).Message;
    }

    [Fact]
    public void Base64_has_one_form_only()
    {
        PemChain.Read("-----BEGIN CERTIFICATE-----\nAAE=\n-----END CERTIFICATE-----\n\0"u8, 1).Single().ToArray().ShouldBe([0, 1]);
        foreach (var text in new[] { "AAF=", "AAE", "AAE==", "A=AE", "AA*=" })
        {
            var pem = Encoding.ASCII.GetBytes($"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n");
            Should.Throw<AttestationException>(() => PemChain.Read(pem, 1)).Message.ShouldContain(" (wanted ");
        }
    }

    /// <summary>Changes some bytes, moves the end, or doubles a piece; the same changes in every run.</summary>
    private static void Mutate(byte[] good, Action<byte[]> read)
    {
        for (var round = 0; round < Rounds; round++)
        {
            var dice = SHA256.HashData(BitConverter.GetBytes(round));
            var at = (int)(BinaryPrimitives.ReadUInt32LittleEndian(dice) % good.Length);
            var other = (int)(BinaryPrimitives.ReadUInt32LittleEndian(dice.AsSpan(4)) % good.Length);
            var bytes = (dice[8] % 4) switch
            {
                0 => good[..at],
                1 => [.. good[..at], .. good[other..]],
                _ => good.ToArray(),
            };
            if (bytes.Length > at) bytes[at] = dice[9];
            if (bytes.Length > other) bytes[other] ^= (byte)(1 << (dice[10] % 8));
            try
            {
                read(bytes);
            }
            catch (AttestationException)
            {
                // Refused, as it should be.
            }
        }
    }
}
