using System.Security.Cryptography;
using System.Text;
using Cocoon.Attestation.Chains;

namespace Cocoon.Attestation.Simulation;

/// <summary>A P-256 key that follows from a seed and a label. Whoever knows the seed has it: it protects nothing.</summary>
internal sealed class SimulatedKey : IDisposable
{
    private static readonly byte[] Order = Convert.FromHexString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    private readonly ECDsa _key;

    public SimulatedKey(string seed, string label)
    {
        _key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = DeriveScalar(seed, label) });
        var point = _key.ExportParameters(includePrivateParameters: false).Q;
        Point = [.. point.X!, .. point.Y!];
    }

    /// <summary>x and y, <see cref="P256.PointSize"/> bytes.</summary>
    public byte[] Point { get; }

    public byte[] PublicKeyInfo => P256.ToPublicKeyInfo(Point);

    /// <summary>r and s, 64 bytes.</summary>
    public byte[] Sign(ReadOnlySpan<byte> data) =>
        _key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    /// <summary>As certificates have it.</summary>
    public byte[] SignDer(ReadOnlySpan<byte> data) => _key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    public void Dispose() => _key.Dispose();

    private static byte[] DeriveScalar(string seed, string label)
    {
        for (byte attempt = 0; ; attempt++)
        {
            var scalar = HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(seed), 32, salt: [attempt], Encoding.UTF8.GetBytes(label));
            if (scalar.AsSpan().SequenceCompareTo(Order) < 0 && scalar.AsSpan().ContainsAnyExcept((byte)0)) return scalar;
        }
    }
}
