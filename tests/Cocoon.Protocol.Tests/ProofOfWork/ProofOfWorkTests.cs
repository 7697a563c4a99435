using System.Buffers;
using System.IO.Pipelines;
using System.Numerics;
using System.Security.Cryptography;
using Cocoon.Protocol.ProofOfWork;
using Cocoon.Testing;
using Cocoon.Testing.Tl;
using FsCheck;
using FsCheck.Fluent;
using Pow = Cocoon.Protocol.ProofOfWork.ProofOfWork;

namespace Cocoon.Protocol.Tests.ProofOfWorkExchange;

public sealed class ProofOfWorkTests
{
    private const string Zeros = "00000000000000000000000000000000";
    private const string Counting = "000102030405060708090a0b0c0d0e0f";
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly DuplexPipePair _pipes = new();
    private readonly ManualTimeProvider _time = new();

    [Theory]
    [InlineData(Zeros, 8, 316)]
    [InlineData(Zeros, 16, 13801)]
    [InlineData(Zeros, 20, 1234325)]
    [InlineData(Counting, 8, 480)]
    [InlineData(Counting, 16, 84956)]
    [InlineData(Counting, 20, 303607)]
    public void Vector_13_2_The_lowest_nonce_is_the_known_one(string salt, int difficulty, long nonce)
    {
        var bytes = Convert.FromHexString(salt);
        Pow.Solve(bytes, difficulty, default).ShouldBe(nonce);
        Pow.IsSolution(bytes, nonce, difficulty).ShouldBeTrue();
        Pow.IsSolution(bytes, nonce + 1, difficulty).ShouldBeFalse();
    }

    [Fact]
    public void Vector_13_2_Challenge_and_answer_have_the_bytes_of_the_network()
    {
        var output = new ArrayBufferWriter<byte>();
        Pow.WriteChallenge(output, 20, Convert.FromHexString(Counting));
        Convert.ToHexStringLower(output.WrittenSpan).ShouldBe("91128e4114000000000102030405060708090a0b0c0d0e0f");
        output.ResetWrittenCount();
        Pow.WriteAnswer(output, 303607);
        Convert.ToHexStringLower(output.WrittenSpan).ShouldBe("19738201f7a1040000000000");
    }

    [Fact]
    public void Interop_12_6_5_The_zero_bits_are_those_of_the_first_eight_bytes_read_as_a_little_endian_number()
    {
        var salt = Convert.FromHexString(Counting);
        var hash = SHA256.HashData([.. salt, .. BitConverter.GetBytes(303607L)]);
        // 20 bits from the eighth byte backwards; from the first byte on there is none.
        hash[7].ShouldBe((byte)0);
        hash[6].ShouldBe((byte)0);
        hash[0].ShouldBe((byte)0x54);
        Pow.IsSolution(salt, 303607, 20).ShouldBeTrue();
        // A nonce whose hash has the bits in the usual order, in front, solves nothing.
        var usual = 0L;
        while (SHA256.HashData([.. salt, .. BitConverter.GetBytes(usual)])[0] != 0) usual++;
        Pow.IsSolution(salt, usual, 8).ShouldBeFalse();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(12)]
    public async Task Both_ends_finish_and_leave_what_follows_in_the_stream(int difficulty)
    {
        var server = Pow.ServerAsync(_pipes.Left, difficulty, Timeout, _time, default);
        await Pow.ClientAsync(_pipes.Right, 28, Timeout, _time, default);
        await _pipes.Right.Output.WriteAsync("then TLS"u8.ToArray());
        await server.WaitAsync(TimeSpan.FromMinutes(1));
        (await _pipes.Left.Input.ReadAsync()).Buffer.ToArray().ShouldBe("then TLS"u8.ToArray());
    }

    [Theory]
    [InlineData(Zeros, 316, "739311cf1b4910005b32dd81da2acf48c8bc8a080bebcace1256ca92570c2028")]
    [InlineData(Zeros, 13801, "5a4c0ca1cc6a00004a770120a986d9eb1f9414c2d939d96d45213e04d1344ce4")]
    [InlineData(Zeros, 1234325, "7564912f4f0e000081157fa8a0197f15df662a240ddedadb6398d123b8bb9de3")]
    [InlineData(Counting, 480, "c567414839b0db00ccbc0ea5c1714281b84ba4045fb85face72f65ead04192b0")]
    [InlineData(Counting, 84956, "422212365dcb0000780fae7d0447cee79fa4ba3b9fdb0c64a413eaa403eb611c")]
    [InlineData(Counting, 303607, "54378ad121060000ba597989a471b66e37d747b5c7118a54a5be0fc97f4caa48")]
    public void Vector_13_2_The_hash_of_salt_and_nonce_ends_its_first_number_in_zeros(string salt, long nonce, string hash)
    {
        var bytes = SHA256.HashData([.. Convert.FromHexString(salt), .. BitConverter.GetBytes(nonce)]);
        Convert.ToHexStringLower(bytes).ShouldBe(hash);
        var zeros = BitOperations.LeadingZeroCount(BitConverter.ToUInt64(bytes));
        Pow.IsSolution(Convert.FromHexString(salt), nonce, zeros).ShouldBeTrue();
        Pow.IsSolution(Convert.FromHexString(salt), nonce, zeros + 1).ShouldBeFalse();
    }

    [Theory]
    [InlineData(29)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public async Task A_client_refuses_a_difficulty_outside_its_limits(int difficulty)
    {
        Pow.WriteChallenge(_pipes.Left.Output, difficulty, new byte[16]);
        await _pipes.Left.Output.FlushAsync();
        (await Fails(Pow.ClientAsync(_pipes.Right, 28, Timeout, _time, default))).ShouldBe(ProofOfWorkError.TooDifficult);
        _pipes.Left.Input.TryRead(out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_client_refuses_another_protocol()
    {
        await _pipes.Left.Output.WriteAsync("SSH-2.0-OpenSSH_9.9 and more"u8.ToArray());
        (await Fails(Pow.ClientAsync(_pipes.Right, 28, Timeout, _time, default))).ShouldBe(ProofOfWorkError.WrongMagic);
    }

    [Fact]
    public async Task A_server_refuses_another_protocol()
    {
        var server = Pow.ServerAsync(_pipes.Left, 8, Timeout, _time, default);
        await _pipes.Right.Output.WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
        (await Fails(server)).ShouldBe(ProofOfWorkError.WrongMagic);
    }

    [Fact]
    public async Task A_server_refuses_a_nonce_that_does_not_solve_its_challenge()
    {
        var server = Pow.ServerAsync(_pipes.Left, 64, Timeout, _time, default);
        Pow.WriteAnswer(_pipes.Right.Output, 7);
        await _pipes.Right.Output.FlushAsync();
        (await Fails(server)).ShouldBe(ProofOfWorkError.WrongNonce);
    }

    [Fact]
    public async Task Two_challenges_have_different_salts()
    {
        _ = Pow.ServerAsync(_pipes.Left, 8, Timeout, _time, default);
        var others = new DuplexPipePair();
        _ = Pow.ServerAsync(others.Left, 8, Timeout, _time, default);
        var one = (await _pipes.Right.Input.ReadAsync()).Buffer.ToArray();
        var other = (await others.Right.Input.ReadAsync()).Buffer.ToArray();
        one.Length.ShouldBe(24);
        one[..8].ShouldBe(other[..8]);
        one[8..].ShouldNotBe(other[8..]);
    }

    [Fact]
    public async Task A_silent_client_is_given_up()
    {
        var server = Pow.ServerAsync(_pipes.Left, 8, Timeout, _time, default);
        await _pipes.Right.Output.WriteAsync(new byte[11]);
        _time.Advance(Timeout - TimeSpan.FromTicks(1));
        server.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromTicks(1));
        (await Fails(server)).ShouldBe(ProofOfWorkError.Timeout);
    }

    [Fact]
    public async Task A_silent_server_is_given_up()
    {
        var client = Pow.ClientAsync(_pipes.Right, 28, Timeout, _time, default);
        _time.Advance(Timeout);
        (await Fails(client)).ShouldBe(ProofOfWorkError.Timeout);
    }

    [Fact]
    public async Task Work_that_takes_too_long_is_given_up()
    {
        Pow.WriteChallenge(_pipes.Left.Output, 64, new byte[16]);
        await _pipes.Left.Output.FlushAsync();
        var client = Pow.ClientAsync(_pipes.Right, 64, Timeout, _time, default);
        _time.Advance(Timeout);
        (await Fails(client)).ShouldBe(ProofOfWorkError.Timeout);
    }

    [Fact]
    public async Task Work_can_be_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        Pow.WriteChallenge(_pipes.Left.Output, 64, new byte[16]);
        await _pipes.Left.Output.FlushAsync();
        var client = Pow.ClientAsync(_pipes.Right, 64, Timeout, _time, cancellation.Token);
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(client.WaitAsync(TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public void Any_bytes_instead_of_a_challenge_are_answered_or_refused_by_the_first_rule_they_break() => ForAny(async random =>
    {
        var pipes = new DuplexPipePair();
        Pow.WriteChallenge(pipes.Left.Output, random.Next(11) - 1, new byte[16]);
        await pipes.Left.Output.CompleteAsync();
        var valid = (await pipes.Right.Input.ReadAsync()).Buffer.ToArray();
        var bytes = TlMutations.Next(random, valid, valid);

        pipes = new DuplexPipePair();
        await pipes.Left.Output.WriteAsync(bytes);
        await pipes.Left.Output.CompleteAsync();
        var client = Pow.ClientAsync(pipes.Right, 8, Timeout, _time, default);
        var difficulty = bytes.Length < 24 ? 0 : BitConverter.ToInt32(bytes, 4);
        if (bytes.Length < 24) (await Fails(client)).ShouldBe(ProofOfWorkError.ConnectionClosed);
        else if (BitConverter.ToUInt32(bytes) != 0x418e1291) (await Fails(client)).ShouldBe(ProofOfWorkError.WrongMagic);
        else if (difficulty is < 0 or > 8) (await Fails(client)).ShouldBe(ProofOfWorkError.TooDifficult);
        else
        {
            await client.WaitAsync(TimeSpan.FromMinutes(1));
            var answer = (await pipes.Left.Input.ReadAsync()).Buffer.ToArray();
            Pow.IsSolution(bytes.AsSpan(8, 16), BitConverter.ToInt64(answer, 4), difficulty).ShouldBeTrue();
        }
    });

    [Fact]
    public void Any_bytes_instead_of_an_answer_are_accepted_only_if_they_solve_the_challenge() => ForAny(async random =>
    {
        var pipes = new DuplexPipePair();
        var server = Pow.ServerAsync(pipes.Left, 4, Timeout, _time, default);
        var challenge = (await pipes.Right.Input.ReadAsync()).Buffer.ToArray();
        var valid = new ArrayBufferWriter<byte>();
        Pow.WriteAnswer(valid, Pow.Solve(challenge.AsSpan(8), 4, default));
        var bytes = TlMutations.Next(random, valid.WrittenSpan, challenge);
        await pipes.Right.Output.WriteAsync(bytes);
        await pipes.Right.Output.CompleteAsync();
        if (bytes.Length < 12) (await Fails(server)).ShouldBe(ProofOfWorkError.ConnectionClosed);
        else if (BitConverter.ToUInt32(bytes) != 0x01827319) (await Fails(server)).ShouldBe(ProofOfWorkError.WrongMagic);
        else if (Pow.IsSolution(challenge.AsSpan(8), BitConverter.ToInt64(bytes, 4), 4)) await server.WaitAsync(TimeSpan.FromMinutes(1));
        else (await Fails(server)).ShouldBe(ProofOfWorkError.WrongNonce);
    });

    [Fact]
    public async Task An_end_within_the_exchange_is_reported()
    {
        var server = Pow.ServerAsync(_pipes.Left, 8, Timeout, _time, default);
        await _pipes.Right.Output.WriteAsync(new byte[3]);
        await _pipes.Right.Output.CompleteAsync();
        (await Fails(server)).ShouldBe(ProofOfWorkError.ConnectionClosed);
    }

    private static void ForAny(Func<SeededRandom, Task> property) =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed => Task.Run(() => property(new SeededRandom(seed))).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    private static async Task<ProofOfWorkError> Fails(Task exchange) =>
        (await Should.ThrowAsync<ProofOfWorkException>(exchange.WaitAsync(TimeSpan.FromMinutes(1)))).Error;
}
