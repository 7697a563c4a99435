using Cocoon.Cryptography;
using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Tests.Oracle;

[Collection(OracleCollection.Name)]
public sealed class CellOracleTests(NodeOracle oracle)
{
    private const int Rounds = 200;

    [Fact]
    public async Task Random_trees_have_the_official_hashes_depths_and_bytes()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var dice = new Dice((ulong)round);
            await CheckAsync(dice.Tree(1 + dice.Below(round % 20 == 0 ? 300 : 40)));
        }
    }

    [Fact]
    public async Task Pruned_branches_and_Merkle_cells_have_the_official_hashes_at_every_level()
    {
        for (var round = 0; round < 50; round++)
        {
            var dice = new Dice(1000 + (ulong)round);
            var whole = dice.Tree(12)[^1];
            // Level masks without gaps only: the official JavaScript library reads no others.
            var left = new CellBuilder().StoreUInt(7, 8).StoreReference(Prune(whole, 1)).StoreReference(dice.Leaf()).Build();
            var middle = new CellBuilder().StoreReference(left).StoreReference(Prune(left, 2)).Build();
            var proof = Merkle(CellKind.MerkleProof, [middle]);
            var update = Merkle(CellKind.MerkleUpdate, [left, middle]);
            var library = new CellBuilder().StoreUInt((ulong)CellKind.LibraryReference, 8).StoreBits(dice.Bits256()).BuildExotic();
            var top = new CellBuilder().StoreBit(true).StoreReference(proof).StoreReference(update).StoreReference(library).Build();
            var root = new CellBuilder().StoreReference(top).StoreReference(Prune(top, 2)).StoreReference(Prune(middle, 3)).Build();
            await CheckAsync(Flatten(root));
        }
    }

    [Fact]
    public async Task A_proof_of_a_pruned_tree_has_the_hash_of_the_whole_tree()
    {
        var whole = new Dice(5).Tree(10)[^1];
        var parent = new CellBuilder().StoreUInt(1, 5).StoreReference(whole).Build();
        var partial = new CellBuilder().StoreUInt(1, 5).StoreReference(Prune(whole, 1)).Build();
        partial.Hash.ShouldNotBe(parent.Hash);
        partial.HashAt(0).ShouldBe(parent.Hash);
        partial.DepthAt(0).ShouldBe(parent.Depth);
        await CheckAsync(Flatten(Merkle(CellKind.MerkleProof, [partial])));
    }

    [Fact]
    public async Task Random_dictionaries_have_the_official_bytes_and_read_back()
    {
        int[] widths = [1, 7, 8, 15, 32, 64, 256];
        for (var round = 0; round < Rounds; round++)
        {
            var dice = new Dice(2000 + (ulong)round);
            var width = widths[round % widths.Length];
            var dictionary = new HashmapE(width);
            for (var i = dice.Below(40); i > 0; i--)
            {
                var key = new HashmapKey(dice.Bytes(32), width);
                // Neighbours share long prefixes, which brings out every kind of label.
                if (dice.Below(2) == 0 && width is >= 15 and <= 64) key = HashmapKey.FromUInt64((ulong)dice.Below(1 << 15), width);
                if (dice.Below(2) == 0 && width == 256) key = new HashmapKey([.. new byte[30], .. dice.Bytes(2)], width);
                dictionary.Set(key, new CellBuilder().StoreBits(dice.Bytes(16), dice.Below(100)).Build());
            }
            var entries = dictionary.Select(entry => new[] { ToNumber(entry.Key), ToBits(entry.Value) });
            var answer = await oracle.AskAsync(new { action = "dictionary", width, entries });
            var cell = new CellBuilder().StoreDictionary(dictionary).Build();
            Convert.ToHexStringLower(BagOfCells.Serialize(cell)).ShouldBe((string?)answer["boc"], $"round {round}, width {width}");
            var back = cell.BeginParse().LoadDictionary(width);
            back.Select(entry => entry).ShouldBe(dictionary.Select(entry => entry));
        }
    }

    [Fact]
    public async Task Every_text_form_of_an_address_is_the_official_one()
    {
        for (var round = 0; round < 30; round++)
        {
            var address = new Dice(3000 + (ulong)round).Address();
            var answer = await oracle.AskAsync(new { action = "address", text = address.ToRaw() });
            ((string?)answer["raw"]).ShouldBe(address.ToRaw());
            var forms = answer["forms"]!.AsArray().Select(form => (string)form!).ToArray();
            var index = 0;
            foreach (var bounceable in new[] { true, false })
            {
                foreach (var testnet in new[] { true, false })
                {
                    foreach (var urlSafe in new[] { true, false })
                    {
                        address.ToFriendly(bounceable, testnet, urlSafe).ShouldBe(forms[index]);
                        TonAddress.TryParse(forms[index++], out var parsed, out var readBounceable, out var readTestnet).ShouldBeTrue();
                        (parsed, readBounceable, readTestnet).ShouldBe((address, bounceable, testnet));
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    [InlineData("255")]
    [InlineData("256")]
    [InlineData("1500000000")]
    [InlineData("18446744073709551616")]
    [InlineData("1329227995784915872903807060280344575")]
    public async Task Amounts_have_the_official_bytes_and_text(string nano)
    {
        var coins = new Coins(UInt128.Parse(nano, System.Globalization.CultureInfo.InvariantCulture));
        var answer = await oracle.AskAsync(new { action = "coins", nano });
        var cell = new CellBuilder().StoreCoins(coins).Build();
        Convert.ToHexStringLower(BagOfCells.Serialize(cell)).ShouldBe((string?)answer["boc"]);
        coins.ToString().ShouldBe((string?)answer["text"] + " TON");
        cell.BeginParse().LoadCoins().ShouldBe(coins);
        Coins.Parse(coins.ToString()).ShouldBe(coins);
    }

    private static Cell Prune(Cell cell, int level)
    {
        var mask = LevelMask(cell) | 1 << (level - 1);
        var builder = new CellBuilder().StoreUInt((ulong)CellKind.PrunedBranch, 8).StoreUInt((ulong)mask, 8);
        var levels = Enumerable.Range(0, 3).Where(i => (mask >> i & 1) != 0).ToArray();
        foreach (var i in levels) builder.StoreBits(cell.HashAt(i));
        foreach (var i in levels) builder.StoreUInt((ulong)cell.DepthAt(i), 16);
        return builder.BuildExotic();
    }

    // A level is in the mask when the hash changes there.
    private static int LevelMask(Cell cell) =>
        Enumerable.Range(0, 3).Where(i => cell.HashAt(i) != cell.HashAt(i + 1)).Aggregate(0, (mask, i) => mask | 1 << i);

    private static Cell Merkle(CellKind kind, Cell[] children)
    {
        var builder = new CellBuilder().StoreUInt((ulong)kind, 8);
        foreach (var child in children) builder.StoreBits(child.HashAt(0));
        foreach (var child in children) builder.StoreUInt((ulong)child.DepthAt(0), 16);
        foreach (var child in children) builder.StoreReference(child);
        return builder.BuildExotic();
    }

    private static List<Cell> Flatten(Cell root)
    {
        var order = new List<Cell>();
        Visit(root);
        return order;

        void Visit(Cell cell)
        {
            if (order.Contains(cell)) return;
            foreach (var reference in cell.References) Visit(reference);
            order.Add(cell);
        }
    }

    private async Task CheckAsync(List<Cell> cells)
    {
        var places = new Dictionary<Bits256, int>();
        for (var i = 0; i < cells.Count; i++) places.TryAdd(cells[i].Hash, i);
        var question = cells.Select(cell => new
        {
            data = ToBits(cell),
            refs = cell.References.Select(reference => places[reference.Hash]),
            exotic = cell.Kind != CellKind.Ordinary,
        });
        var root = cells[^1];
        var answer = await oracle.AskAsync(new { action = "tree", cells = question });
        root.Hash.ToString().ShouldBe((string?)answer["hash"]);
        root.Depth.ShouldBe((int)answer["depth"]!);
        root.Level.ShouldBe((int)answer["level"]!);
        for (var level = 0; level <= 3; level++)
        {
            root.HashAt(level).ToString().ShouldBe((string?)answer["hashes"]![level]);
            root.DepthAt(level).ShouldBe((int)answer["depths"]![level]!);
        }
        Convert.ToHexStringLower(BagOfCells.Serialize(root)).ShouldBe((string?)answer["boc"]);
        Convert.ToHexStringLower(BagOfCells.Serialize(root, crc: true)).ShouldBe((string?)answer["crc"]);
        foreach (var form in new[] { "boc", "crc", "indexed" })
            BagOfCells.Deserialize(Convert.FromHexString((string)answer[form]!)).Hash.ShouldBe(root.Hash);
    }

    private static string ToBits(Cell cell) => ToBits(cell.Bits, cell.BitLength);

    private static string ToBits(ReadOnlySpan<byte> bytes, int length)
    {
        var text = new char[length];
        for (var i = 0; i < length; i++) text[i] = (bytes[i / 8] >> (7 - i % 8) & 1) != 0 ? '1' : '0';
        return new string(text);
    }

    private static string ToNumber(HashmapKey key) => "0b" + ToBits(key.Bits, key.BitLength);
}
