using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Cocoon.Node.Admin;
using Cocoon.Node.Configuration;
using Cocoon.Node.Tests.Fakes;

namespace Cocoon.Node.Tests.Admin;

public sealed class AdminServerTests : IAsyncLifetime
{
    private readonly TempFolder _temp = new();
    private readonly LogList _log = new();
    private readonly HttpClient _http = new() { Timeout = Eventually.Patience };
    private StateFolder _folder = null!;
    private AdminServer _server = null!;

    public async Task InitializeAsync()
    {
        _folder = new StateFolder(_temp.Path);
        var actions = new Dictionary<string, AdminAction>
        {
            ["echo"] = (arguments, _) => Task.FromResult<object>(new { Said = arguments["text"] }),
            ["refuse"] = (_, _) => throw new InvalidOperationException("not now"),
            ["break"] = (_, _) => throw new IOException("the disk is full"),
            ["confuse"] = (_, _) => throw new FormatException("wanted a number"),
        };
        _server = await AdminServer.StartAsync(_folder, 0, () => new { Role = "test", Day = DayOfWeek.Monday }, actions, _log, default);
        _http.BaseAddress = _server.Url;
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
        _log.Dispose();
        _temp.Dispose();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer wrong")]
    [InlineData("Basic {token}")]
    [InlineData("{token}")]
    [InlineData("Bearer {token}0")]
    [InlineData("Bearer {token}, Bearer {token}")]
    public async Task Nothing_is_told_or_done_without_the_token(string? authorization)
    {
        foreach (var (method, path) in (ReadOnlySpan<(HttpMethod, string)>)[(HttpMethod.Get, "/v1/status"), (HttpMethod.Post, "/v1/actions/echo?text=x"), (HttpMethod.Get, "/")])
        {
            using var request = new HttpRequestMessage(method, path);
            if (authorization is not null)
                request.Headers.TryAddWithoutValidation("Authorization", authorization.Replace("{token}", Token(), StringComparison.Ordinal));
            using var response = _http.Send(request);
            response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
            var text = new StreamReader(response.Content.ReadAsStream()).ReadToEnd();
            text.ShouldContain("admin.token");
            text.ShouldNotContain(Token());
        }
        await Task.CompletedTask;
    }

    [Fact]
    public async Task Status_is_JSON_for_people_and_tools()
    {
        var status = JsonDocument.Parse(await (await SendAsync(HttpMethod.Get, "/v1/status")).Content.ReadAsStringAsync()).RootElement;
        status.GetProperty("role").GetString().ShouldBe("test");
        status.GetProperty("day").GetString().ShouldBe("monday");
    }

    [Fact]
    public async Task Action_gets_its_arguments_and_its_result_is_answered()
    {
        var response = await SendAsync(HttpMethod.Post, "/v1/actions/echo?text=a%20b");
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("said").GetString().ShouldBe("a b");
    }

    [Fact]
    public async Task Unknown_action_is_404_and_names_the_known_ones() =>
        await RefusedAsync(await SendAsync(HttpMethod.Post, "/v1/actions/fly"), HttpStatusCode.NotFound, "There is no action 'fly'. Actions: break, confuse, echo, refuse.");

    [Theory]
    [InlineData("refuse", "not now")]
    [InlineData("break", "the disk is full")]
    [InlineData("confuse", "wanted a number")]
    public async Task Refusal_of_an_action_is_409_with_its_message(string action, string message) =>
        await RefusedAsync(await SendAsync(HttpMethod.Post, "/v1/actions/" + action), HttpStatusCode.Conflict, message);

    [Fact]
    public async Task Action_is_not_done_by_following_a_link() =>
        (await SendAsync(HttpMethod.Get, "/v1/actions/echo?text=x")).StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);

    [Fact]
    public void Only_this_machine_can_connect()
    {
        _server.Url.Host.ShouldBe("127.0.0.1");
        // Another address of this machine stands for every other one.
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Should.Throw<SocketException>(() => socket.Connect(IPAddress.Parse("127.0.0.2"), _server.Url.Port)).SocketErrorCode.ShouldBe(SocketError.ConnectionRefused);
    }

    [Fact]
    public async Task Port_in_use_is_told_with_what_to_do()
    {
        var starting = AdminServer.StartAsync(_folder, _server.Url.Port, () => new { }, new Dictionary<string, AdminAction>(), _log, default);
        (await Should.ThrowAsync<IOException>(starting)).Message.ShouldContain($"Cannot listen on port {_server.Url.Port}");
    }

    private string Token() => File.ReadAllText(_folder.File(AdminServer.TokenFile));

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token());
        return await _http.SendAsync(request);
    }

    private static async Task RefusedAsync(HttpResponseMessage response, HttpStatusCode status, string message)
    {
        response.StatusCode.ShouldBe(status);
        (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetString().ShouldBe(message);
    }
}
