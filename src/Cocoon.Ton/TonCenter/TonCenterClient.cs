using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Cocoon.Cryptography;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Messages;

namespace Cocoon.Ton.TonCenter;

/// <summary>
/// A TON network behind a toncenter v2 HTTP API. Hashes of transactions are computed here, not taken from the answer; the state of an
/// account is what the server says.
/// </summary>
public sealed class TonCenterClient : ITonChain
{
    private readonly HttpClient _http;
    private readonly TonCenterOptions _options;
    private readonly TimeProvider _time;
    private readonly Uri _base;

    /// <summary>Creates a client. The HTTP client stays the caller's; its timeout bounds one attempt.</summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public TonCenterClient(HttpClient http, TonCenterOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        options.Validate();
        _http = http;
        _options = options;
        _time = time;
        _base = options.BaseAddress.AbsoluteUri.EndsWith('/') ? options.BaseAddress : new Uri(options.BaseAddress.AbsoluteUri + "/");
    }

    /// <inheritdoc/>
    public async Task<AccountState> GetAccountAsync(TonAddress address, CancellationToken cancellationToken)
    {
        const string Method = "getAddressInformation";
        var account = await GetAsync($"{Method}?address={Uri.EscapeDataString(address.ToRaw())}", TonCenterJson.Default.TonCenterAccount, cancellationToken)
            .ConfigureAwait(false);
        return Read(Method, () => new AccountState(
            address,
            account.State switch
            {
                "active" => AccountStatus.Active,
                "frozen" => AccountStatus.Frozen,
                "uninitialized" => AccountStatus.Uninitialized,
                _ => throw new FormatException($"unknown state '{account.State}', wanted active, frozen or uninitialized"),
            },
            Coins.FromNano(account.Balance),
            ReadMaybeCell(account.Code),
            ReadMaybeCell(account.Data),
            account.LastTransactionId is { Lt: > 0 } last ? new TransactionId(last.Lt, ReadHash(last.Hash)) : null,
            DateTimeOffset.FromUnixTimeSeconds(account.SyncUtime)));
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<TonTransaction>> GetTransactionsAsync(
        TonAddress address, int limit, TransactionId? from, CancellationToken cancellationToken)
    {
        const string Method = "getTransactions";
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, 100);
        var start = from is { } first
            ? $"&lt={first.Lt}&hash={Uri.EscapeDataString(Convert.ToBase64String(first.Hash.ToArray()))}&archival=true"
            : "";
        var found = await GetAsync(
            $"{Method}?address={Uri.EscapeDataString(address.ToRaw())}&limit={limit}{start}", TonCenterJson.Default.TonCenterTransactionArray, cancellationToken)
            .ConfigureAwait(false);
        return Read(Method, () =>
        {
            if (found.Length > limit) throw new FormatException($"{found.Length} transactions, wanted at most {limit}");
            var transactions = new TonTransaction[found.Length];
            for (var i = 0; i < found.Length; i++)
            {
                var cell = ReadMaybeCell(found[i]?.Data) ?? throw new FormatException("a transaction without data");
                transactions[i] = TonTransaction.Load(cell, address.Workchain);
                if (transactions[i].Account != address) throw new FormatException($"a transaction of {transactions[i].Account}, wanted {address}");
            }
            if (from is { } wanted && transactions.Length > 0 && (transactions[0].Lt != wanted.Lt || transactions[0].Hash != wanted.Hash))
                throw new FormatException($"transaction {transactions[0].Lt} {transactions[0].Hash} first, wanted {wanted.Lt} {wanted.Hash}");
            return transactions;
        });
    }

    /// <inheritdoc/>
    public async Task SendAsync(Cell externalMessage, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(externalMessage);
        var json = JsonSerializer.SerializeToUtf8Bytes(
            new TonCenterBoc(Convert.ToBase64String(BagOfCells.Serialize(externalMessage, crc: true))), TonCenterJson.Default.TonCenterBoc);
        await AskAsync("sendBoc", json, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<MasterchainInfo> GetMasterchainInfoAsync(CancellationToken cancellationToken)
    {
        const string Method = "getMasterchainInfo";
        var info = await GetAsync(Method, TonCenterJson.Default.TonCenterMasterchain, cancellationToken).ConfigureAwait(false);
        return Read(Method, () => info.Last is { } last
            ? new MasterchainInfo(last.Seqno, ReadHash(last.RootHash), ReadHash(last.FileHash))
            : throw new FormatException("no last block"));
    }

    private async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class
    {
        var result = await AskAsync(path, null, cancellationToken).ConfigureAwait(false);
        return Read(path, () => result.ValueKind is JsonValueKind.Object or JsonValueKind.Array
            ? result.Deserialize(type)!
            : throw new FormatException($"the result is of kind {result.ValueKind}, wanted an object or an array"));
    }

    private async Task<JsonElement> AskAsync(string path, byte[]? body, CancellationToken cancellationToken)
    {
        var delay = _options.FirstDelay;
        for (var attempt = 1; ; attempt++)
        {
            var (failure, mayRetry) = (default(TonChainException), false);
            try
            {
                using var request = MakeRequest(path, body);
                using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
                var content = await ReadBoundedAsync(path, response.Content, cancellationToken).ConfigureAwait(false);
                var answer = ReadAnswer(path, response.StatusCode, content);
                if (answer.Ok) return answer.Result;
                var code = answer.Code != 0 ? answer.Code : (int)response.StatusCode;
                failure = new TonChainException($"{Name(path)} was refused with code {code}: {Shorten(answer.Error.ToString())}", code);
                mayRetry = IsPassing(response.StatusCode, isSend: body is not null);
            }
            catch (TonChainException exception)
            {
                (failure, mayRetry) = (exception, IsPassing((HttpStatusCode)exception.Code, isSend: body is not null));
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException)
            {
                (failure, mayRetry) = (new TonChainException($"{Name(path)}: the server could not be reached: {exception.Message}", 0, exception), true);
            }
            catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
            {
                failure = new TonChainException($"{Name(path)}: the server did not answer in time.", 0, exception);
            }
            if (!mayRetry || attempt == _options.Attempts) throw failure;
            await Task.Delay(delay, _time, cancellationToken).ConfigureAwait(false);
            delay *= 2;
        }
    }

    // A server answers 500 to a message that the contract refused, which asking again does not change.
    private static bool IsPassing(HttpStatusCode status, bool isSend) =>
        status == HttpStatusCode.TooManyRequests || ((int)status is > 500 and < 600) || (status == HttpStatusCode.InternalServerError && !isSend);

    private HttpRequestMessage MakeRequest(string path, byte[]? body)
    {
        var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, new Uri(_base, path));
        if (_options.ApiKey is not null) request.Headers.Add("X-API-Key", _options.ApiKey);
        if (body is not null)
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        return request;
    }

    private async Task<ReadOnlyMemory<byte>> ReadBoundedAsync(string path, HttpContent content, CancellationToken cancellationToken)
    {
        var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = stream.ConfigureAwait(false);
        var buffer = new byte[16 * 1024];
        var length = 0;
        while (true)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
            if (read == 0) return buffer.AsMemory(0, length);
            length += read;
            if (length > _options.MaxResponseBytes)
                throw new TonChainException($"{Name(path)}: the answer is longer than {_options.MaxResponseBytes} bytes.");
            if (length == buffer.Length) Array.Resize(ref buffer, (int)Math.Min(2L * length, _options.MaxResponseBytes + 1L));
        }
    }

    private static TonCenterAnswer ReadAnswer(string path, HttpStatusCode status, ReadOnlyMemory<byte> content)
    {
        try
        {
            return JsonSerializer.Deserialize(content.Span, TonCenterJson.Default.TonCenterAnswer) ?? throw new JsonException("no answer");
        }
        catch (JsonException exception)
        {
            throw new TonChainException(
                $"{Name(path)}: HTTP {(int)status} with {content.Length} bytes that are no answer of a toncenter v2 API; check the base address.",
                (int)status, exception);
        }
    }

    private static T Read<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is FormatException or JsonException or ArgumentException)
        {
            throw new TonChainException($"{Name(path)}: the answer is malformed: {exception.Message}", 0, exception);
        }
    }

    private static Cell? ReadMaybeCell(string? base64) =>
        string.IsNullOrEmpty(base64) ? null : BagOfCells.Deserialize(Convert.FromBase64String(base64));

    private static Bits256 ReadHash(string? base64) => new(Convert.FromBase64String(base64 ?? ""));

    private static string Name(string path) => path.Split('?')[0];

    private static string Shorten(string text) => text.Length <= 500 ? text : text[..500] + "…";
}
