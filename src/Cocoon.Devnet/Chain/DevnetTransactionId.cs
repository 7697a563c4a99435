using Cocoon.Cryptography;
using Cocoon.Ton;

namespace Cocoon.Devnet.Chain;

/// <summary>Names a transaction.</summary>
/// <param name="Account">Whose it is.</param>
/// <param name="Lt">Its logical time.</param>
/// <param name="Hash">The hash of its cell.</param>
public readonly record struct DevnetTransactionId(TonAddress Account, ulong Lt, Bits256 Hash);
