using BenchmarkDotNet.Attributes;
using Cocoon.Cryptography;
using Cocoon.Ton.Cells;

namespace Cocoon.Benchmarks;

/// <summary>What a voucher costs. Expected: its cells and their bag are cheap beside the signature, and checking a signature costs two to three times making it.</summary>
[MemoryDiagnoser]
public class ChainBenchmarks
{
    private readonly Ed25519PrivateKey _key = Ed25519PrivateKey.Generate();
    private readonly byte[] _hash = Bits256.Random().ToArray();
    private readonly byte[] _signature = new byte[64];
    private byte[] _boc = [];

    [GlobalSetup]
    public void Prepare()
    {
        _key.Sign(_hash, _signature);
        _boc = BagOfCells.Serialize(MakeCell());
    }

    [Benchmark(Baseline = true)]
    public void Sign() => _key.Sign(_hash, _signature);

    [Benchmark]
    public bool Verify() => _key.PublicKey.Verify(_hash, _signature);

    [Benchmark]
    public Bits256 BuildAndHash() => MakeCell().Hash;

    [Benchmark]
    public Cell ReadBag() => BagOfCells.Deserialize(_boc);

    private Cell MakeCell()
    {
        var payload = new CellBuilder().StoreUInt(0xa040ad28, 32).StoreUInt(1, 64).StoreUInt(123456, 64).StoreBytes(_hash).Build();
        return new CellBuilder().StoreUInt(0xa040ad28, 32).StoreUInt(1, 64).StoreBytes(_signature).StoreReference(payload).Build();
    }
}
