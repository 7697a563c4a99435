namespace Cocoon.Protocol.Tl;

/// <summary>A message that asks for an answer.</summary>
/// <typeparam name="TResult">What the answer is.</typeparam>
public interface ITlFunction<TResult> : ITlObject
    where TResult : ITlObject;
