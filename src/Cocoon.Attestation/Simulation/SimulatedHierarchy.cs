using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using Cocoon.Attestation.Certificates;
using Cocoon.Attestation.Chains;
using Cocoon.Attestation.Dcap;

namespace Cocoon.Attestation.Simulation;

/// <summary>Issues the certificates and revocation lists of a simulated platform, in the form in which Intel issues real ones.</summary>
internal sealed class SimulatedHierarchy : IDisposable
{
    private const string RootName = "Simulated SGX Root CA";
    private const string AuthorityName = "Simulated SGX PCK Platform CA";
    private const string EcdsaWithSha256 = "1.2.840.10045.4.3.2";
    private const string CommonName = "2.5.4.3";
    private const int RootSerial = 1;
    private const int AuthoritySerial = 2;
    private const int SignerSerial = 3;
    private const int PckSerial = 4;
    private const byte Signing = 0xc0;
    private const byte Issuing = 0x06;
    private static readonly Asn1Tag VersionTag = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag ExtensionsTag = new(TagClass.ContextSpecific, 3, isConstructed: true);
    private static readonly TimeSpan RootLifetime = TimeSpan.FromDays(20 * 365);
    private readonly SimulatedPlatform _platform;
    private readonly SimulatedKey _root;
    private readonly SimulatedKey _authority;

    public SimulatedHierarchy(SimulatedPlatform platform)
    {
        _platform = platform;
        _root = new SimulatedKey(platform.Seed, "root");
        _authority = new SimulatedKey(platform.Seed, "authority");
        Pck = new SimulatedKey(platform.Seed, "pck");
        Signer = new SimulatedKey(platform.Seed, "signer");
        Anchor = new TrustAnchor(RootName, _root.PublicKeyInfo);

        var root = Certificate(RootSerial, RootName, _root.PublicKeyInfo, RootName, _root, RootLifetime, WriteAuthority(pathLength: 1));
        var authority = Certificate(
            AuthoritySerial, AuthorityName, _authority.PublicKeyInfo, RootName, _root, platform.AuthorityLifetime, WriteAuthority(pathLength: 0));
        var pck = Certificate(PckSerial, "Simulated SGX PCK Certificate", Pck.PublicKeyInfo, AuthorityName, _authority, platform.PckLifetime, WritePck);
        var signer = Certificate(SignerSerial, "Simulated SGX TCB Signing", Signer.PublicKeyInfo, RootName, _root, platform.AuthorityLifetime, WriteSigner);
        PckChain = Pem(pck) + Pem(authority) + Pem(root);
        AuthorityChain = Pem(authority) + Pem(root);
        SignerChain = Pem(signer) + Pem(root);
    }

    public TrustAnchor Anchor { get; }

    /// <summary>The key that vouches for the quoting enclave.</summary>
    public SimulatedKey Pck { get; }

    /// <summary>The key that signs TCB info and QE identity.</summary>
    public SimulatedKey Signer { get; }

    public string PckChain { get; }

    public string AuthorityChain { get; }

    public string SignerChain { get; }

    public byte[] RootCrl() => Crl(RootName, _root, _platform.IsAuthorityRevoked ? AuthoritySerial : null);

    public byte[] PckCrl() => Crl(AuthorityName, _authority, _platform.IsRevoked ? PckSerial : null);

    public void Dispose()
    {
        _root.Dispose();
        _authority.Dispose();
        Pck.Dispose();
        Signer.Dispose();
    }

    private static string Pem(byte[] der) => new string(PemEncoding.Write("CERTIFICATE", der)) + "\n";

    private static Action<AsnWriter> WriteAuthority(int pathLength) => extensions =>
    {
        WriteUsage(extensions, Issuing, unusedBits: 1);
        WriteExtension(extensions, CertificateOids.BasicConstraints, critical: true, value =>
        {
            using (value.PushSequence())
            {
                value.WriteBoolean(true);
                value.WriteInteger(pathLength);
            }
        });
    };

    private static void WriteSigner(AsnWriter extensions)
    {
        WriteUsage(extensions, Signing, unusedBits: 6);
        WriteExtension(extensions, CertificateOids.BasicConstraints, critical: true, value =>
        {
            using (value.PushSequence())
            {
            }
        });
    }

    private void WritePck(AsnWriter extensions)
    {
        WriteSigner(extensions);
        WriteExtension(extensions, DcapOids.Sgx, critical: false, value =>
        {
            using (value.PushSequence())
            {
                WriteOctets(value, DcapOids.Ppid, _platform.Ppid.AsSpan());
                WriteTcb(value);
                WriteOctets(value, DcapOids.PceId, _platform.PceId.AsSpan());
                WriteOctets(value, DcapOids.Fmspc, _platform.Fmspc.AsSpan());
                using (value.PushSequence())
                {
                    value.WriteObjectIdentifier(DcapOids.SgxType);
                    value.WriteEncodedValue([(byte)UniversalTagNumber.Enumerated, 1, 1]); // scalable
                }
            }
        });
    }

    private void WriteTcb(AsnWriter value)
    {
        using (value.PushSequence())
        {
            value.WriteObjectIdentifier(DcapOids.Tcb);
            using (value.PushSequence())
            {
                for (var i = 0; i < _platform.Components.Length; i++) WriteNumber(value, $"{DcapOids.Tcb}.{i + 1}", _platform.Components[i]);
                WriteNumber(value, DcapOids.PceSvn, _platform.PceSvn);
                WriteOctets(value, DcapOids.CpuSvn, _platform.Components.AsSpan());
            }
        }
    }

    private static void WriteNumber(AsnWriter value, string oid, int number)
    {
        using (value.PushSequence())
        {
            value.WriteObjectIdentifier(oid);
            value.WriteInteger(number);
        }
    }

    private static void WriteOctets(AsnWriter value, string oid, ReadOnlySpan<byte> octets)
    {
        using (value.PushSequence())
        {
            value.WriteObjectIdentifier(oid);
            value.WriteOctetString(octets);
        }
    }

    private static void WriteUsage(AsnWriter extensions, byte usage, int unusedBits) =>
        WriteExtension(extensions, CertificateOids.KeyUsage, critical: true, value => value.WriteBitString([usage], unusedBits));

    private static void WriteExtension(AsnWriter extensions, string oid, bool critical, Action<AsnWriter> write)
    {
        var value = new AsnWriter(AsnEncodingRules.DER);
        write(value);
        using (extensions.PushSequence())
        {
            extensions.WriteObjectIdentifier(oid);
            if (critical) extensions.WriteBoolean(true);
            extensions.WriteOctetString(value.Encode());
        }
    }

    private byte[] Certificate(
        int serial, string subject, byte[] key, string issuer, SimulatedKey issuerKey, TimeSpan lifetime, Action<AsnWriter> writeExtensions) =>
        Signed(issuerKey, body =>
        {
            using (body.PushSequence(VersionTag)) body.WriteInteger(2);
            body.WriteInteger(new BigInteger(serial));
            WriteAlgorithm(body);
            WriteName(body, issuer);
            using (body.PushSequence())
            {
                WriteTime(body, _platform.IssuedAt);
                WriteTime(body, _platform.IssuedAt + lifetime);
            }
            WriteName(body, subject);
            body.WriteEncodedValue(key);
            using (body.PushSequence(ExtensionsTag))
            using (body.PushSequence())
                writeExtensions(body);
        });

    private byte[] Crl(string issuer, SimulatedKey issuerKey, int? revoked) => Signed(issuerKey, body =>
    {
        var issuedAt = _platform.CollateralIssuedAt ?? _platform.IssuedAt;
        body.WriteInteger(1);
        WriteAlgorithm(body);
        WriteName(body, issuer);
        WriteTime(body, issuedAt);
        WriteTime(body, issuedAt + _platform.CollateralLifetime);
        if (revoked is not { } serial) return;
        using (body.PushSequence())
        using (body.PushSequence())
        {
            body.WriteInteger(serial);
            WriteTime(body, _platform.IssuedAt);
        }
    });

    private static byte[] Signed(SimulatedKey key, Action<AsnWriter> writeBody)
    {
        var body = new AsnWriter(AsnEncodingRules.DER);
        using (body.PushSequence()) writeBody(body);
        var signed = body.Encode();
        var whole = new AsnWriter(AsnEncodingRules.DER);
        using (whole.PushSequence())
        {
            whole.WriteEncodedValue(signed);
            WriteAlgorithm(whole);
            whole.WriteBitString(key.SignDer(signed));
        }
        return whole.Encode();
    }

    // Which of the two it is, RFC 5280 §4.1.2.5 says.
    private static void WriteTime(AsnWriter writer, DateTimeOffset time)
    {
        if (time.UtcDateTime.Year < 2050) writer.WriteUtcTime(time);
        else writer.WriteGeneralizedTime(time, omitFractionalSeconds: true);
    }

    private static void WriteAlgorithm(AsnWriter writer)
    {
        using (writer.PushSequence()) writer.WriteObjectIdentifier(EcdsaWithSha256);
    }

    private static void WriteName(AsnWriter writer, string commonName)
    {
        using (writer.PushSequence())
        using (writer.PushSetOf())
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(CommonName);
            writer.WriteCharacterString(UniversalTagNumber.UTF8String, commonName);
        }
    }
}
