using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Cocoon.Fuzz;
using Cocoon.Fuzz.Evidence;
using Cocoon.Testing.Tl;

const string Usage = """
    usage: fuzz [roles|codecs|evidence] [--packets N] [--minutes M] [--seed S] [--role TEXT] [--state NAME] [--json]
      roles      attack every state of every role's sessions (default), N packets each, 100000 by default
      codecs     hold every message's codec against the schema, N messages each, 10000 by default
      evidence   give changed evidence to its readers and verifiers, N inputs each, 20000 by default
      --minutes  stop each state at its share of this time
      --seed     repeat a run's decisions
      --role     only roles whose name holds this text
      --state    only this state, or this kind of evidence
      --json     one line of JSON for each result instead of a table
    """;

var codecs = false;
var evidence = false;
var json = false;
long? packets = null;
TimeSpan? time = null;
var seed = (long)RandomNumberGenerator.GetInt32(int.MaxValue);
string? role = null;
string? state = null;
try
{
    for (var i = 0; i < args.Length; i++)
    {
        switch (args[i])
        {
            case "roles":
                break;
            case "codecs":
                codecs = true;
                break;
            case "evidence":
                evidence = true;
                break;
            case "--json":
                json = true;
                break;
            case "--packets":
                packets = long.Parse(args[++i], CultureInfo.InvariantCulture);
                break;
            case "--minutes":
                time = TimeSpan.FromMinutes(double.Parse(args[++i], CultureInfo.InvariantCulture));
                break;
            case "--seed":
                seed = long.Parse(args[++i], CultureInfo.InvariantCulture);
                break;
            case "--state":
                state = args[++i];
                break;
            case "--role":
                role = args[++i];
                break;
            default:
                throw new FormatException($"unknown argument {args[i]}");
        }
    }
}
catch (Exception exception) when (exception is FormatException or OverflowException or IndexOutOfRangeException)
{
    Console.Error.WriteLine($"fuzz: {exception.Message}\n{Usage}");
    return 2;
}

if (!json) Console.WriteLine($"seed {seed}");
var results = new List<StateResult>();
if (codecs)
{
    var options = new FuzzOptions(packets ?? 10_000, time, seed);
    foreach (var declaration in TlSchema.Declarations) Report(CodecCampaign.Run(options, declaration));
}
else if (evidence)
{
    var options = new FuzzOptions(packets ?? 20_000, time, seed);
    var targets = EvidenceTargets.Create().Where(target => state is null || target.Name == state).ToList();
    foreach (var target in targets) Report(EvidenceCampaign.Run(options, target, targets.Count));
    if (results.Count == 0)
    {
        Console.Error.WriteLine($"fuzz: there is no evidence '{state}'; there is: {string.Join("; ", EvidenceTargets.Create())}");
        return 2;
    }
}
else
{
    if (!json) Console.WriteLine($"{"role",-25}{"state",-20}{"packets",9}{"per s",8}{"sessions",9}{"replies",9}{"kinds",6}  {"managed MB",-14}{"in memory MB",-14}ends");
    await Campaign.RunAsync(new FuzzOptions(packets ?? 100_000, time, seed, role, state), Report);
    if (results.Count == 0)
    {
        Console.Error.WriteLine($"fuzz: no state of a role fits; the roles are: {string.Join("; ", Campaign.Roles.Select(one => one.Name))}");
        return 2;
    }
}
if (!json) Console.WriteLine($"{results.Sum(result => result.Packets)} sent, {results.Count(result => result.Failure is not null)} failures");
return results.Any(result => result.Failure is not null) ? 1 : 0;

void Report(StateResult result)
{
    results.Add(result);
    if (json)
    {
        Console.WriteLine(JsonSerializer.Serialize(new { seed, result }, JsonSerializerOptions.Web));
        return;
    }
    var ends = string.Join(", ", result.Ends.OrderByDescending(end => end.Value).Select(end => $"{end.Key} {end.Value}"));
    if (codecs || evidence) Console.WriteLine($"{result.State,-45}{result.Packets,9}{result.Packets / result.Seconds,9:F0}/s  {ends}");
    else
    {
        Console.WriteLine(
            $"{result.Role,-25}{result.State,-20}{result.Packets,9}{result.Packets / result.Seconds,8:F0}{result.Sessions,9}{result.Replies,9}{result.Kinds,6}  "
            + $"{Megabytes(result.ManagedBefore, result.ManagedAfter),-14}{Megabytes(result.WorkingSetBefore, result.WorkingSetAfter),-14}{ends}");
    }
    if (result.Failure is not null) Console.WriteLine($"FAILED {result.Role}, {result.State}, seed {seed}: {result.Failure}");
}

static string Megabytes(long before, long after) => $"{before / 1e6:F1} > {after / 1e6:F1}";
