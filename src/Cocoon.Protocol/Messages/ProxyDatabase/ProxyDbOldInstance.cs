using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>proxyDb.oldInstance</c>: A closed proxy contract.</summary>
/// <param name="ContractAddress">The contract's address.</param>
/// <param name="ClosingState">How far closing has come.</param>
/// <param name="CloseAt">When it closes, Unix seconds.</param>
/// <param name="NextClient">Who follows in the list.</param>
/// <param name="NextWorker">Who follows in the list.</param>
/// <param name="RootContractState">The registry as last seen.</param>
[TlConstructor("proxyDb.oldInstance")]
public sealed partial record ProxyDbOldInstance(
    string ContractAddress,
    int ClosingState,
    int CloseAt,
    string NextClient,
    string NextWorker,
    IRootConfigConfig RootContractState);
