using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Numerics;
using System.Security.Cryptography;

namespace Cocoon.Protocol.ProofOfWork;

/// <summary>
/// The first exchange on a public port (Cocoon wire protocol): the server sends a salt and a difficulty, the client answers a nonce
/// such that SHA-256(salt ‖ nonce), its first eight bytes read as a little-endian number, begins with that many zero bits.
/// </summary>
public static class ProofOfWork
{
    /// <summary>The highest difficulty that can be expressed, in bits.</summary>
    public const int MaxDifficulty = 64;

    /// <summary>What a server of the network asks for, in bits: about a million hashes.</summary>
    public const int DefaultDifficulty = 20;

    /// <summary>The most that a client of the network agrees to, in bits.</summary>
    public const int DefaultMaxDifficulty = 28;

    /// <summary>The size of the salt in bytes.</summary>
    public const int SaltSize = 16;

    internal const int ChallengeSize = 24;
    internal const int AnswerSize = 12;
    private const uint ChallengeMagic = 0x418e1291;
    private const uint AnswerMagic = 0x01827319;
    private const int NoncesBetweenChecks = 1 << 14;

    /// <summary>Asks the peer for work and returns when it has been done. Takes only the answer's bytes from the transport.</summary>
    /// <param name="transport">The connection, at its very start.</param>
    /// <param name="difficulty">Zero bits wanted, 0 to <see cref="MaxDifficulty"/>.</param>
    /// <param name="timeout">How long the peer may take.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ProofOfWorkException">The peer did not do the work.</exception>
    public static async Task ServerAsync(
        IDuplexPipe transport, int difficulty, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(difficulty);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(difficulty, MaxDifficulty);
        var salt = RandomNumberGenerator.GetBytes(SaltSize);
        await WithinAsync(timeout, time, async token =>
        {
            WriteChallenge(transport.Output, difficulty, salt);
            await transport.Output.FlushAsync(token).ConfigureAwait(false);
            var answer = await TakeAsync(transport.Input, AnswerSize, token).ConfigureAwait(false);
            var nonce = BinaryPrimitives.ReadInt64LittleEndian(Check(answer, AnswerMagic));
            if (!IsSolution(salt, nonce, difficulty))
                throw new ProofOfWorkException(ProofOfWorkError.WrongNonce, $"The peer's nonce does not solve a challenge of difficulty {difficulty}.");
        }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Does the work that the peer asks for. Takes only the challenge's bytes from the transport.</summary>
    /// <param name="transport">The connection, at its very start.</param>
    /// <param name="maxDifficulty">The most zero bits to work for; the effort doubles with each.</param>
    /// <param name="timeout">How long the whole exchange may take, the work included.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="ProofOfWorkException">The peer asked for too much or for something else, or time ran out.</exception>
    public static Task ClientAsync(
        IDuplexPipe transport, int maxDifficulty, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken) =>
        WithinAsync(timeout, time, async token =>
        {
            var challenge = await TakeAsync(transport.Input, ChallengeSize, token).ConfigureAwait(false);
            var difficulty = BinaryPrimitives.ReadInt32LittleEndian(Check(challenge, ChallengeMagic));
            if (difficulty < 0 || difficulty > maxDifficulty || difficulty > MaxDifficulty)
            {
                throw new ProofOfWorkException(
                    ProofOfWorkError.TooDifficult, $"The peer asks for a difficulty of {difficulty}, at most {maxDifficulty} is acceptable.");
            }
            var nonce = await SolveAsync(challenge.AsMemory(8), difficulty, token).ConfigureAwait(false);
            WriteAnswer(transport.Output, nonce);
            await transport.Output.FlushAsync(token).ConfigureAwait(false);
        }, cancellationToken);

    /// <summary>Whether a nonce solves a challenge.</summary>
    public static bool IsSolution(ReadOnlySpan<byte> salt, long nonce, int difficulty)
    {
        Span<byte> input = stackalloc byte[SaltSize + sizeof(long)];
        salt.CopyTo(input);
        BinaryPrimitives.WriteInt64LittleEndian(input[SaltSize..], nonce);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input, hash);
        return BitOperations.LeadingZeroCount(BinaryPrimitives.ReadUInt64LittleEndian(hash)) >= difficulty;
    }

    /// <summary>The lowest nonce, counting from 0, that solves a challenge. Keeps one core busy until then.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    public static long Solve(ReadOnlySpan<byte> salt, int difficulty, CancellationToken cancellationToken)
    {
        Span<byte> input = stackalloc byte[SaltSize + sizeof(long)];
        salt.CopyTo(input);
        var counter = input[SaltSize..];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        for (var nonce = 0L; ; nonce++)
        {
            if (nonce % NoncesBetweenChecks == 0) cancellationToken.ThrowIfCancellationRequested();
            BinaryPrimitives.WriteInt64LittleEndian(counter, nonce);
            SHA256.HashData(input, hash);
            if (BitOperations.LeadingZeroCount(BinaryPrimitives.ReadUInt64LittleEndian(hash)) >= difficulty) return nonce;
        }
    }

    /// <summary>A thread of its own, since minutes of hashing would hold up everything else on the thread pool.</summary>
    private static Task<long> SolveAsync(ReadOnlyMemory<byte> salt, int difficulty, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(
            () => Solve(salt.Span, difficulty, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    internal static void WriteChallenge(IBufferWriter<byte> output, int difficulty, ReadOnlySpan<byte> salt)
    {
        var span = output.GetSpan(ChallengeSize);
        BinaryPrimitives.WriteUInt32LittleEndian(span, ChallengeMagic);
        BinaryPrimitives.WriteInt32LittleEndian(span[4..], difficulty);
        salt.CopyTo(span[8..]);
        output.Advance(ChallengeSize);
    }

    internal static void WriteAnswer(IBufferWriter<byte> output, long nonce)
    {
        var span = output.GetSpan(AnswerSize);
        BinaryPrimitives.WriteUInt32LittleEndian(span, AnswerMagic);
        BinaryPrimitives.WriteInt64LittleEndian(span[4..], nonce);
        output.Advance(AnswerSize);
    }

    private static ReadOnlySpan<byte> Check(byte[] message, uint magic)
    {
        var found = BinaryPrimitives.ReadUInt32LittleEndian(message);
        return found == magic ? message.AsSpan(4) : throw new ProofOfWorkException(
            ProofOfWorkError.WrongMagic, $"Expected a proof of work message starting with 0x{magic:x8}, found 0x{found:x8}. Does the peer speak this protocol?");
    }

    private static async Task<byte[]> TakeAsync(PipeReader input, int size, CancellationToken cancellationToken)
    {
        var result = await input.ReadAtLeastAsync(size, cancellationToken).ConfigureAwait(false);
        if (result.Buffer.Length < size)
        {
            throw new ProofOfWorkException(
                ProofOfWorkError.ConnectionClosed, $"The connection ended after {result.Buffer.Length} of {size} bytes of the proof of work.");
        }
        var message = result.Buffer.Slice(0, size);
        var bytes = message.ToArray();
        input.AdvanceTo(message.End);
        return bytes;
    }

    private static async Task WithinAsync(TimeSpan timeout, TimeProvider time, Func<CancellationToken, Task> exchange, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            await exchange(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ProofOfWorkException(ProofOfWorkError.Timeout, $"The proof of work was not finished within {timeout}.");
        }
        catch (Exception e) when (e is IOException and not ProofOfWorkException)
        {
            throw new ProofOfWorkException(ProofOfWorkError.ConnectionClosed, "The connection was lost during the proof of work.", e);
        }
    }
}
