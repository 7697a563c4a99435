using System.Buffers.Binary;
using Cocoon.Attestation.Verification;

namespace Cocoon.Attestation.Quotes;

/// <summary>Reads quotes field by field and stops at the first that is not as it has to be.</summary>
internal ref struct QuoteReader(ReadOnlySpan<byte> bytes)
{
    public const string CheckName = "quote format";
    private const int EcdsaP256 = 2;
    private const uint SgxTee = 0;
    private const uint TdxTee = 0x81;
    private const int PemChain = 5;
    private const int QeReportCertification = 6;
    private const int SignatureSize = 64;
    private const int KeySize = 64;
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private ReadOnlySpan<byte> _rest = bytes;

    public EvidenceCheck? Read(out Quote quote)
    {
        quote = default;
        if (_bytes.IsEmpty) return Failure("no quote", "a quote of version 3, 4 or 5", "start the peer with a source of evidence");
        if (_bytes.Length > Quote.MaxSize) return Failure($"{_bytes.Length} bytes", $"at most {Quote.MaxSize}");
        if (!TryTake(Quote.HeaderSize, out var header)) return Truncated("header", Quote.HeaderSize);

        var version = BinaryPrimitives.ReadUInt16LittleEndian(header);
        var keyType = BinaryPrimitives.ReadUInt16LittleEndian(header[2..]);
        var tee = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        if (version is < 3 or > 5) return Failure($"version {version}", "version 3, 4 or 5");
        if (keyType != EcdsaP256) return Failure($"attestation key type {keyType}", $"{EcdsaP256} (ECDSA over P-256)");
        if (ReadBody(version, tee, out var kind, out var body) is { } bodyFailure) return bodyFailure;

        var signed = _bytes[..^_rest.Length];
        if (!TryTake(sizeof(uint), out var sizeField)) return Truncated("length of the signature", sizeof(uint));
        var size = BinaryPrimitives.ReadUInt32LittleEndian(sizeField);
        if (size > _rest.Length) return Failure($"a signature of {size} bytes where {_rest.Length} are left", "one that fits");
        if (_rest[(int)size..].ContainsAnyExcept((byte)0))
            return Failure($"data after the {_bytes.Length - _rest.Length + (int)size} bytes that the quote declares", "nothing there, or zeros");
        _rest = _rest[..(int)size];
        var length = signed.Length + sizeof(uint) + (int)size;

        if (!TryTake(SignatureSize, out var signature)) return Truncated("signature", SignatureSize);
        if (!TryTake(KeySize, out var attestationKey)) return Truncated("attestation key", KeySize);
        if (version > 3)
        {
            if (EnterCertificationData(QeReportCertification, "QE report certification data") is { } outerFailure) return outerFailure;
        }
        if (!TryTake(EnclaveReport.Size, out var qeReport)) return Truncated("report of the quoting enclave", EnclaveReport.Size);
        if (!TryTake(SignatureSize, out var qeSignature)) return Truncated("signature of the quoting enclave's report", SignatureSize);
        if (!TryTake(sizeof(ushort), out var dataSize)) return Truncated("length of the authentication data", sizeof(ushort));
        var wanted = BinaryPrimitives.ReadUInt16LittleEndian(dataSize);
        if (!TryTake(wanted, out var qeData)) return Truncated("authentication data", wanted);
        if (EnterCertificationData(PemChain, "a PEM chain of certificates; have the quote made with the PCK certificate in it") is { } innerFailure)
            return innerFailure;

        quote = new Quote
        {
            Version = version,
            BodyKind = kind,
            Length = length,
            QeVendor = header.Slice(12, 16),
            Body = body,
            Signed = signed,
            Signature = signature,
            AttestationKey = attestationKey,
            QeReport = qeReport,
            QeReportSignature = qeSignature,
            QeAuthenticationData = qeData,
            CertificateChain = _rest,
        };
        return null;
    }

    private EvidenceCheck? ReadBody(int version, uint tee, out QuoteBodyKind kind, out ReadOnlySpan<byte> body)
    {
        body = default;
        kind = tee == SgxTee ? QuoteBodyKind.SgxEnclave : QuoteBodyKind.Td10;
        if (tee is not (SgxTee or TdxTee)) return Failure($"TEE type {tee:x}", $"{SgxTee} (SGX) or {TdxTee:x} (TDX)");
        if (version == 3 && tee != SgxTee) return Failure($"TEE type {tee:x} in version 3", $"{SgxTee} (SGX)");
        if (version == 5)
        {
            if (!TryTake(sizeof(ushort) + sizeof(uint), out var bodyHeader)) return Truncated("header of the body", sizeof(ushort) + sizeof(uint));
            var type = (QuoteBodyKind)BinaryPrimitives.ReadUInt16LittleEndian(bodyHeader);
            var size = BinaryPrimitives.ReadUInt32LittleEndian(bodyHeader[sizeof(ushort)..]);
            if (type is < QuoteBodyKind.SgxEnclave or > QuoteBodyKind.Td15) return Failure($"body type {(int)type}", "1 (SGX), 2 (TDX 1.0) or 3 (TDX 1.5)");
            if (type == QuoteBodyKind.SgxEnclave != (tee == SgxTee)) return Failure($"body type {(int)type} for TEE type {tee:x}", "both of one TEE");
            if (size != SizeOf(type)) return Failure($"a body of {size} bytes of type {(int)type}", $"{SizeOf(type)} bytes");
            kind = type;
        }
        return TryTake(SizeOf(kind), out body) ? null : Truncated("report", SizeOf(kind));
    }

    private static int SizeOf(QuoteBodyKind kind) => kind switch
    {
        QuoteBodyKind.SgxEnclave => EnclaveReport.Size,
        QuoteBodyKind.Td10 => TdReport.Size10,
        _ => TdReport.Size15,
    };

    /// <summary>Certification data is always the last thing of what it is in: it has to fill what is left, exactly.</summary>
    private EvidenceCheck? EnterCertificationData(int wantedType, string wanted)
    {
        if (!TryTake(sizeof(ushort) + sizeof(uint), out var header)) return Truncated("header of the certification data", sizeof(ushort) + sizeof(uint));
        var type = BinaryPrimitives.ReadUInt16LittleEndian(header);
        var size = BinaryPrimitives.ReadUInt32LittleEndian(header[sizeof(ushort)..]);
        if (type != wantedType) return Failure($"certification data of type {type}", $"type {wantedType}, {wanted}");
        return size == _rest.Length ? null : Failure($"certification data of {size} bytes where {_rest.Length} are left", "one that ends with the quote");
    }

    private bool TryTake(int count, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (count > _rest.Length) return false;
        taken = _rest[..count];
        _rest = _rest[count..];
        return true;
    }

    private readonly EvidenceCheck Truncated(string what, int wanted) => Failure($"{_rest.Length} bytes where the {what} begins", $"{wanted} bytes of it");

    private static EvidenceCheck Failure(string found, string wanted, string advice = "") => new(CheckName, false, found, wanted, advice);
}
