namespace Cocoon.Inference.Gguf;

/// <summary>Tensor element types that the built-in engine reads; the numbers are GGUF's.</summary>
public enum GgufTensorType : uint
{
    /// <summary>IEEE 754 binary32, 4 bytes.</summary>
    F32 = 0,

    /// <summary>IEEE 754 binary16, 2 bytes.</summary>
    F16 = 1,
}
