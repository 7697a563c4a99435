using Cocoon.Client.Payments;
using Cocoon.Client.Proxies;
using Cocoon.Contracts.Economics;
using Cocoon.Node.Wallet;
using Cocoon.Protocol.Sessions;
using Cocoon.Ton;

namespace Cocoon.Client.Gateway;

/// <summary>Turns what goes wrong beyond the gateway into what its caller is told, with the cause and the next step.</summary>
internal sealed class ProxyFailure(ClientServices services, ModelCatalog models)
{
    private const StringComparison AnyCase = StringComparison.OrdinalIgnoreCase;

    /// <summary>A failure that a proxy or a worker reported. Codes are coarse in this protocol, so the text decides between causes of one code.</summary>
    public async Task<GatewayException> FromAnswerAsync(
        ProxyAnswer answer, InferenceRequest request, RunningRequest running, ProxySession session, CancellationToken cancellationToken)
    {
        var text = PeerText.Clean(answer.ErrorText);
        switch (answer.ErrorCode)
        {
            case ErrorCodes.Timeout:
                return new(OpenAiError.TimedOut($"The network did not finish in time ({text}). Try again, or allow more with the field 'timeout'."));
            case ErrorCodes.Error or ErrorCodes.NotReady when text.Contains("balance", AnyCase):
                return new(NoBalance(text, running, session));
            case ErrorCodes.NotReady when text.Contains("client is clos", AnyCase):
                return new(OpenAiError.NoMoney(session.Channel!.ClosedText(), "channel_closed"));
            case ErrorCodes.NotReady when text.Contains("coefficient=", AnyCase):
                return new(OpenAiError.Unavailable(
                    $"Every free worker for '{request.Model}' is dearer than max_coefficient {request.MaxCoefficient} ({text}). "
                    + "Raise max_coefficient or try again later.",
                    "price_cap"));
            case ErrorCodes.NotReady or ErrorCodes.ProtocolViolation when text.Contains("requests run on this connection", AnyCase):
                return new(
                    OpenAiError.Unavailable($"The proxy takes no more requests at once ({text}). Try again in some seconds.", "proxy_full"), retryable: true);
            case ErrorCodes.NotReady:
                return new(
                    OpenAiError.Unavailable($"No worker is ready for '{request.Model}' ({text}). Try again in some seconds.", "no_worker"), retryable: true);
            case ErrorCodes.ProtocolViolation when text.Contains("unknown model", AnyCase):
                return await UnknownModelAsync(request.Model, cancellationToken).ConfigureAwait(false);
            case ErrorCodes.ProtocolViolation when text.Contains("invalid http request", AnyCase) || text.Contains("unknown option", AnyCase):
                return new(OpenAiError.Invalid($"The worker refused the request: {text}. Leave out or correct what it names.", code: "refused_by_worker"));
            case ErrorCodes.Error when text.Contains("version is too low", AnyCase):
                return new(
                    OpenAiError.Unavailable("The proxy has not read the newest registry yet. Try again in some seconds.", "proxy_behind"), retryable: true);
            case ErrorCodes.Error when text.Contains("connection is dead", AnyCase) || text.Contains("too many active", AnyCase):
                return new(
                    OpenAiError.Unavailable($"The worker for '{request.Model}' went away or is full ({text}). Try again in some seconds.", "no_worker"),
                    retryable: true);
            default:
                return new(OpenAiError.Upstream($"The network failed on this request with {answer.ErrorCode}: {text}. Try again."));
        }
    }

    /// <summary>No session can take the request.</summary>
    public GatewayException NoProxy(IReadOnlyList<ProxySession> sessions)
    {
        var ready = sessions.Where(session => session.State == ProxySessionState.Ready).ToArray();
        if (ready.FirstOrDefault(session => !session.Channel!.IsUsable) is { } closed)
            return new(OpenAiError.NoMoney(closed.Channel!.ClosedText(), "channel_closed"));
        // One became ready at this very moment.
        if (ready.Length > 0)
            return new(OpenAiError.Unavailable("No proxy was ready in time, one is now. Try again.", "no_proxy", 1));
        var registering = sessions.FirstOrDefault(session => session.State == ProxySessionState.Registering);
        if (registering?.Channel?.MissingForRegistration is { } missing)
            return new(OpenAiError.NoMoney($"No payment channel is open yet. {missing} Repeat the request some seconds later.", "wallet_empty"));
        if (services.Channels.All.FirstOrDefault(channel => !channel.IsUsable) is { } finished && registering is null)
            return new(OpenAiError.NoMoney(finished.ClosedText(), "channel_closed"));
        return new(OpenAiError.Unavailable(
            sessions.Count == 0
                ? $"No proxy is connected; the registry lists {services.Registry().Proxies.Length}. The log says why; a new attempt is made every few seconds."
                : $"No proxy is ready yet ({string.Join(", ", sessions.Select(Describe))}). Try again in some seconds.",
            "no_proxy"));
    }

    /// <summary>A proxy does not know the model; perhaps not yet.</summary>
    public async Task<GatewayException> UnknownModelAsync(string model, CancellationToken cancellationToken)
    {
        if (await models.MayExistAsync(model, cancellationToken).ConfigureAwait(false))
        {
            return new(
                OpenAiError.Unavailable($"No worker is ready for '{model}': none has come to this proxy yet. Try again in some seconds.", "no_worker"),
                retryable: true);
        }
        var known = await models.GetAsync(cancellationToken).ConfigureAwait(false);
        return new(OpenAiError.UnknownModel(model, [.. known.Keys]));
    }

    private static string Describe(ProxySession session) => $"{session.Proxy.ClientEndpoint}: {session.State.ToString().ToLowerInvariant()}";

    private OpenAiError NoBalance(string text, RunningRequest running, ProxySession session)
    {
        var channel = session.Channel!;
        var price = services.Registry().Parameters.Price;
        var wanted = price.Cost(new AdjustedTokens(running.Ceiling));
        var found = channel.View?.State is { } state ? $"{state.Balance} (stake {state.Stake})" : "no contract";
        return OpenAiError.NoMoney(
            $"The payment channel {services.Text(channel.Address)} does not cover this request: found {found}, "
            + $"wanted up to {wanted} for {running.Ceiling} tokens (the proxy says: {text}). {NextStep(channel)} Lower max_tokens or max_coefficient to reserve less.");
    }

    private string NextStep(PaymentChannel channel)
    {
        var wallet = services.Wallet;
        if (channel.Trouble is { } trouble)
            return trouble;
        if (wallet.Balance < NodeWallet.MinimumBalance)
            return $"The wallet {services.Text(wallet.Address)} holds {wallet.Balance}: send TON to it, at least {NodeWallet.MinimumBalance} must be there.";
        return services.Options.AutomaticTopUp
            ? $"Money is added from the wallet {services.Text(wallet.Address)} when less than half a stake is left; "
                + "try again in a minute, or run the action 'topup'."
            : "Run the action 'topup'.";
    }
}
