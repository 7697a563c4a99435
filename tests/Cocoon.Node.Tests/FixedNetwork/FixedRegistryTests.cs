using System.Text;
using System.Text.Json.Nodes;
using Cocoon.Contracts.Codes;
using Cocoon.Contracts.Registry;
using Cocoon.Cryptography;
using Cocoon.Node.Configuration;
using Cocoon.Node.FixedNetwork;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Testing;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Node.Tests.FixedNetwork;

public sealed class FixedRegistryTests : IDisposable
{
    public static readonly string Sample = Path.Combine(NodeModules.Find("samples"), "fake-network", "registry.json");

    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Sample_holds_the_contract_codes_of_this_build()
    {
        var parameters = FixedRegistry.Load(Sample).Parameters;
        parameters.ProxyCode!.Hash.ShouldBe(ContractCodes.Proxy.Hash);
        parameters.WorkerCode!.Hash.ShouldBe(ContractCodes.Worker.Hash);
        parameters.ClientCode!.Hash.ShouldBe(ContractCodes.Client.Hash);
    }

    [Fact]
    public void Vector_13_5_The_samples_prices_give_the_parameter_cell_of_a_network_that_really_ran() =>
        FixedRegistry.Load(Sample).Parameters.ForChannel().ToCell().Hash.ToString()
            .ShouldBe("59b8161e92d89302035d2d082eabf144dcadd01b8e710f8a9c6004da44a0e7a1");

    [Fact]
    public void Sample_lists_one_proxy_one_model_and_the_image_of_simulated_hardware()
    {
        var registry = FixedRegistry.Load(Sample);
        var proxy = registry.Proxies.ShouldHaveSingleItem();
        proxy.WorkerEndpoint.ToString().ShouldBe("127.0.0.1:11001");
        proxy.ClientEndpoint.ToString().ShouldBe("127.0.0.1:11002");
        registry.ModelHashes.ShouldBe([NetworkRegistry.ModelHash("cocoon-demo")]);
        var image = Bits256.Parse("5c55c8f4db4010ba9203d83536d0609856af8c847ac039e37e7dde8fbd574b61");
        registry.ProxyImageHashes.ShouldBe([image]);
        registry.WorkerImageHashes.ShouldBe([image]);
        registry.Owner.ShouldBe(TonAddress.Parse("UQAuz15H1ZHrZ_psVrAra7HealMIVeFq0wguqlmFno1f3B-m"));
        (registry.Version, registry.LastProxySeqno).ShouldBe((1u, 1u));
    }

    [Fact]
    public void What_the_file_has_no_field_for_is_the_same_on_every_such_network()
    {
        var parameters = FixedRegistry.Load(Sample).Parameters;
        (parameters.StructVersion, parameters.UniqueId, parameters.IsTest).ShouldBe(((byte)1, 13u, true));
        (parameters.ProxyCloseDelay, parameters.ClientCloseDelay).ShouldBe((TimeSpan.FromSeconds(600), TimeSpan.FromSeconds(300)));
        (parameters.MinProxyStake, parameters.MinClientStake).ShouldBe((Coins.FromTon(1), Coins.FromTon(1)));
        parameters.Multipliers.Prompt.TenThousandths.ShouldBe(10_000u);
    }

    [Fact]
    public void Unknown_fields_are_left_alone_and_absent_ones_are_zero()
    {
        var registry = Load(file =>
        {
            file["model_names"] = new JsonArray("x");
            foreach (var name in new[] { "proxy_hashes", "worker_hashes", "model_types", "registered_proxies", "price_per_token", "version", "root_owner_address" }) file.Remove(name);
            file["params_version"] = null;
        });
        registry.ProxyImageHashes.ShouldBeEmpty();
        registry.ModelHashes.ShouldBeEmpty();
        registry.Proxies.ShouldBeEmpty();
        registry.Owner.ShouldBeNull();
        (registry.Version, registry.Parameters.Version, registry.Parameters.Price.NanoTon).ShouldBe((0u, 0u, 0ul));
    }

    [Fact]
    public void Whole_numbers_may_be_text()
    {
        var registry = Load(file =>
        {
            file["price_per_token"] = "20";
            file["version"] = "2147483647";
            file["registered_proxies"]![0]!["seqno"] = "7";
        });
        (registry.Parameters.Price.NanoTon, registry.Version, registry.Proxies[0].Seqno).ShouldBe((20ul, 2147483647u, 7u));
    }

    [Fact]
    public void Models_are_listed_by_the_name_before_the_at_sign_and_by_hash()
    {
        var hash = Bits256.Sha256("another"u8);
        var registry = Load(file =>
        {
            file["model_types"] = new JsonArray("Qwen/Qwen3-8B@abc123def456:0000");
            file["model_hashes"] = new JsonArray(Convert.ToBase64String(hash.ToArray()));
        });
        registry.ModelHashes.ShouldBe([hash, Bits256.Sha256("Qwen/Qwen3-8B"u8)], ignoreOrder: true);
    }

    [Fact]
    public void Proxies_come_in_the_order_of_their_numbers_without_those_nobody_could_dial()
    {
        var registry = Load(file => file["registered_proxies"] = new JsonArray(
            new JsonObject { ["seqno"] = 9, ["address"] = "10.0.0.9:1" },
            new JsonObject { ["seqno"] = 3, ["address"] = "[::1]:1" },
            new JsonObject { ["seqno"] = 2, ["address"] = "10.0.0.2:1 10.0.0.2:2" }));
        registry.Proxies.Select(proxy => proxy.Description).ShouldBe(["10.0.0.2:1 10.0.0.2:2", "10.0.0.9:1"]);
    }

    [Theory]
    [InlineData("proxy_hashes", "\"x\"", "proxy_hashes: found \"x\", wanted a list")]
    [InlineData("proxy_hashes", "[\"AAAA\"]", "proxy_hashes[0]: found \"AAAA\", wanted 32 bytes in base64")]
    [InlineData("worker_hashes", "[7]", "worker_hashes[0]: found 7, wanted text")]
    [InlineData("worker_hashes", "[null]", "worker_hashes[0]: found null, wanted text")]
    [InlineData("model_types", "[{}]", "model_types[0]: found object, wanted text")]
    [InlineData("model_types", "[\"\\ud800\"]", "surrogate")]
    [InlineData("registered_proxies", "[\"127.0.0.1:1\"]", "registered_proxies[0]: found \"127.0.0.1:1\", wanted an object")]
    [InlineData("registered_proxies", "[{\"seqno\":-1,\"address\":\"127.0.0.1:1\"}]", "registered_proxies.seqno: found -1, wanted 0 or more")]
    [InlineData("price_per_token", "-2", "price_per_token: found -2, wanted 0 or more")]
    [InlineData("price_per_token", "1.5", "price_per_token: found 1.5, wanted a whole number")]
    [InlineData("price_per_token", "2147483648", "price_per_token: found 2147483648, wanted a whole number of 32 bits")]
    [InlineData("version", "\"0x1\"", "version: found \"0x1\", wanted a whole number")]
    [InlineData("version", "true", "version: found true, wanted a whole number")]
    [InlineData("proxy_sc_code", "\"\"", "proxy_sc_code: wanted a bag of cells in hexadecimal digits, found 0 characters")]
    [InlineData("worker_sc_code", "\"zz\"", "worker_sc_code: wanted a bag of cells")]
    [InlineData("client_sc_code", "\"b5ee9c72\"", "client_sc_code: wanted a bag of cells")]
    [InlineData("root_owner_address", "\"somebody\"", "root_owner_address: 'somebody' is not a TON address")]
    public void Field_of_another_form_is_refused_with_its_name_and_what_was_found(string name, string value, string told)
    {
        var sample = File.ReadAllText(Sample);
        // The last of two fields with one name counts.
        var text = sample.TrimEnd()[..^1] + $", \"{name}\": {value}}}";
        Refusal(text).ShouldContain(told);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{} {}")]
    [InlineData("{\"version\": 1,}")]
    public void File_that_holds_no_object_is_refused(string text) => Refusal(text).ShouldContain("registry.json");

    [Fact]
    public void File_without_an_end_to_its_nesting_or_its_length_is_refused()
    {
        Refusal(string.Concat(Enumerable.Repeat("{\"x\":", 100_000))).ShouldContain("registry.json");
        Refusal(new string(' ', (4 << 20) + 1)).ShouldContain("wanted at most 4194304");
        var many = string.Join(',', Enumerable.Repeat("\"m\"", 65_537));
        Refusal($$"""{"model_types":[{{many}}]}""").ShouldContain("model_types: found 65537 entries");
    }

    [Fact]
    public void Garbage_is_refused_and_never_throws_anything_else()
    {
        var sample = Encoding.UTF8.GetBytes(File.ReadAllText(Sample));
        // Different bytes at every run of the loop, the same in every run of the test.
        for (var number = 0; number < 300; number++)
        {
            var random = Bits256.Sha256(BitConverter.GetBytes(number)).ToArray();
            var changed = (byte[])sample.Clone();
            for (var change = 0; change < 4; change++)
                changed[BitConverter.ToUInt16(random, change * 4) % 800] = random[(change * 4) + 2];
            var file = Write(changed);
            try
            {
                FixedRegistry.Load(file);
            }
            catch (ConfigurationException)
            {
            }
        }
    }

    [Fact]
    public void File_that_is_not_there_is_told_by_name() =>
        Should.Throw<ConfigurationException>(() => FixedRegistry.Load("/nowhere/registry.json")).Message.ShouldContain("/nowhere/registry.json");

    private NetworkRegistry Load(Action<JsonObject> change)
    {
        var file = JsonNode.Parse(File.ReadAllText(Sample))!.AsObject();
        change(file);
        return FixedRegistry.Load(Write(Encoding.UTF8.GetBytes(file.ToJsonString())));
    }

    private string Refusal(string text) => Should.Throw<ConfigurationException>(() => FixedRegistry.Load(Write(Encoding.UTF8.GetBytes(text)))).Message;

    private string Write(byte[] content)
    {
        var file = Path.Combine(_temp.Path, "registry.json");
        File.WriteAllBytes(file, content);
        return file;
    }
}
