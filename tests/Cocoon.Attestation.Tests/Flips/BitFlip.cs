namespace Cocoon.Attestation.Tests.Flips;

/// <summary>One bit of one byte that was changed.</summary>
internal readonly record struct BitFlip(int Index, int Bit)
{
    public override string ToString() => $"byte {Index} bit {Bit}";
}
