namespace Cocoon.Inference.Gguf;

/// <summary>One entry of the tensor table.</summary>
/// <param name="Name">Name, unique in its file.</param>
/// <param name="Shape">Elements by dimension, the fastest-running first (1 to 4 dimensions).</param>
/// <param name="Type">Element type.</param>
/// <param name="Position">Absolute position of the first byte in the file.</param>
/// <param name="ElementCount">Product of <paramref name="Shape"/>.</param>
public sealed record GgufTensor(string Name, IReadOnlyList<long> Shape, GgufTensorType Type, long Position, long ElementCount);
