using System.Collections.Immutable;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Nvidia;

/// <summary>The GPUs that a confidential machine claims as its own for one challenge, signed with its TLS key.</summary>
public sealed class GpuDeviceList
{
    /// <summary>The most GPUs in a list.</summary>
    public const int MaxDevices = GpuEvidence.MaxGpus;

    private readonly byte[] _signature;

    private GpuDeviceList(ImmutableArray<Bits256> devices, byte[] signature)
    {
        Devices = devices;
        _signature = signature;
    }

    private static ReadOnlySpan<byte> Label => "cocoon gpu list v1"u8;

    /// <summary>The GPUs' names (<see cref="GpuBinding.DeviceOf"/>) in ascending order, each once.</summary>
    public ImmutableArray<Bits256> Devices { get; }

    /// <summary>Signs a list.</summary>
    /// <param name="tlsKey">The key of this machine's certificate.</param>
    /// <param name="challenge">What the verifier chose.</param>
    /// <param name="devices">The GPUs that this machine's own driver holds. Names that came over the network have no place here.</param>
    /// <exception cref="ArgumentException">There are more than <see cref="MaxDevices"/>.</exception>
    public static GpuDeviceList Sign(Ed25519PrivateKey tlsKey, Bits256 challenge, IEnumerable<Bits256> devices)
    {
        ArgumentNullException.ThrowIfNull(tlsKey);
        ImmutableArray<Bits256> sorted = [.. devices.Distinct().Order()];
        if (sorted.Length > MaxDevices) throw new ArgumentException($"{sorted.Length} GPUs are more than {MaxDevices}.", nameof(devices));
        return new GpuDeviceList(sorted, tlsKey.Sign(Message(challenge, sorted)));
    }

    /// <summary>Reads a list: the number of GPUs in a byte, 32 bytes for each, and a signature of 64 bytes.</summary>
    /// <exception cref="AttestationException">It is of another size, or the GPUs are out of order or there twice.</exception>
    public static GpuDeviceList Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || bytes[0] > MaxDevices || bytes.Length != 1 + (bytes[0] * Bits256.Size) + Ed25519PrivateKey.SignatureSize)
            throw new AttestationException($"A list of GPUs of {bytes.Length} bytes was found, wanted a count of at most {MaxDevices}, so many names and a signature.");
        var devices = ImmutableArray.CreateBuilder<Bits256>(bytes[0]);
        for (var index = 0; index < bytes[0]; index++)
        {
            var device = new Bits256(bytes.Slice(1 + (index * Bits256.Size), Bits256.Size));
            if (index > 0 && device <= devices[index - 1]) throw new AttestationException("The list's GPUs are out of order or there twice.");
            devices.Add(device);
        }
        return new GpuDeviceList(devices.ToImmutable(), bytes[^Ed25519PrivateKey.SignatureSize..].ToArray());
    }

    /// <summary>The list as <see cref="Parse"/> reads it.</summary>
    public byte[] ToBytes() => [(byte)Devices.Length, .. Devices.SelectMany(device => device.ToArray()), .. _signature];

    /// <summary>Whether the holder of this key signed the list for this challenge.</summary>
    public bool IsSignedBy(Ed25519PublicKey tlsKey, Bits256 challenge) => tlsKey.Verify(Message(challenge, Devices), _signature);

    // The label keeps this apart from everything else that the key signs.
    private static byte[] Message(Bits256 challenge, ImmutableArray<Bits256> devices) =>
        [.. Label, .. challenge.ToArray(), (byte)devices.Length, .. devices.SelectMany(device => device.ToArray())];
}
