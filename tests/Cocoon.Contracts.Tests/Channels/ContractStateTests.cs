using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Economics;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Tests.Channels;

public sealed class ContractStateTests
{
    private static readonly DateTimeOffset Unlock = DateTimeOffset.FromUnixTimeSeconds(1_900_000_000);

    private static readonly ProxyContractState Proxy = new()
    {
        Owner = Golden.ProxyOwner,
        Key = Golden.Key.PublicKey,
        Root = Golden.Root,
        Phase = ContractPhase.Closing,
        Balance = Coins.FromTon(3),
        Stake = Coins.FromTon(7),
        UnlockTime = Unlock,
        Parameters = Golden.Parameters.ForProxy(),
    };

    private static readonly ClientContractState Client = new()
    {
        Owner = Golden.Owner,
        Proxy = Golden.Proxy,
        ProxyKey = Golden.Key.PublicKey,
        Phase = ContractPhase.Closing,
        Balance = Coins.FromTon(3),
        Stake = Coins.FromTon(7),
        TokensUsed = new(long.MaxValue),
        UnlockTime = Unlock,
        SecretHash = Golden.SecretHash,
        Parameters = Golden.Parameters.ForChannel(),
    };

    private static readonly WorkerContractState Worker = new()
    {
        Owner = Golden.Owner,
        Proxy = Golden.Proxy,
        ProxyKey = Golden.Key.PublicKey,
        Phase = ContractPhase.Closed,
        TokensPaid = new(12345),
        Parameters = Golden.Parameters.ForChannel(),
    };

    [Fact]
    public void States_are_read_back_as_they_were_written()
    {
        ProxyContractState.Decode(Proxy.ToCell()).ShouldBe(Proxy);
        ClientContractState.Decode(Client.ToCell()).ShouldBe(Client);
        WorkerContractState.Decode(Worker.ToCell()).ShouldBe(Worker);
    }

    [Fact]
    public void A_contract_that_is_not_closing_has_no_unlock_time() =>
        ClientContractState.Decode((Client with { UnlockTime = null }).ToCell()).UnlockTime.ShouldBeNull();

    [Fact]
    public void A_counter_beyond_63_bits_is_refused()
    {
        var data = Worker.ToCell();
        var tokensAt = 267 + 267 + 256 + 2;
        Should.Throw<CellFormatException>(() => WorkerContractState.Decode(CellText.WithFlippedBit(data, tokensAt))).Message.ShouldContain("2^63");
    }

    [Fact]
    public void A_worker_contract_is_never_closing() =>
        Should.Throw<CellFormatException>(() => WorkerContractState.Decode((Worker with { Phase = ContractPhase.Closing }).ToCell()));

    [Fact]
    public void State_3_is_refused()
    {
        var proxy = (Proxy with { Phase = ContractPhase.Closed }).ToCell();
        Should.Throw<CellFormatException>(() => ProxyContractState.Decode(CellText.WithFlippedBit(proxy, 267 + 256 + 267 + 1)));
    }

    [Fact]
    public void Data_left_over_is_refused()
    {
        static Cell Longer(Cell cell) => new CellBuilder().StoreSlice(cell.BeginParse()).StoreBit(false).Build();
        Should.Throw<CellFormatException>(() => ProxyContractState.Decode(Longer(Proxy.ToCell())));
        Should.Throw<CellFormatException>(() => WorkerContractState.Decode(Longer(Worker.ToCell())));
        Should.Throw<CellFormatException>(() => ClientContractState.Decode(Longer(Client.ToCell())));
        var client = Client.ToCell();
        var constants = new CellBuilder().StoreBits(client.Bits, client.BitLength)
            .StoreReference(Longer(client.References[0])).StoreReference(client.References[1]).Build();
        Should.Throw<CellFormatException>(() => ClientContractState.Decode(constants));
    }

    [Fact]
    public void Damaged_data_is_read_or_refused_but_never_anything_else()
    {
        foreach (var (cell, decode) in new (Cell, Action<Cell>)[]
        {
            (Proxy.ToCell(), data => ProxyContractState.Decode(data)),
            (Client.ToCell(), data => ClientContractState.Decode(data)),
            (Worker.ToCell(), data => WorkerContractState.Decode(data)),
        })
        {
            for (var i = 0; i < cell.BitLength; i++)
            {
                try
                {
                    decode(CellText.WithFlippedBit(cell, i));
                }
                catch (CellFormatException e)
                {
                    e.Message.ShouldNotBeEmpty();
                }
            }
        }
    }
}
