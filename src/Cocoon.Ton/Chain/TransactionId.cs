using Cocoon.Cryptography;

namespace Cocoon.Ton.Chain;

/// <summary>Names a transaction of an account.</summary>
/// <param name="Lt">Its logical time.</param>
/// <param name="Hash">The hash of its cell.</param>
public readonly record struct TransactionId(ulong Lt, Bits256 Hash);
