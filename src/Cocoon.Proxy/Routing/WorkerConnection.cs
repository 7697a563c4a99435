using System.Collections.Immutable;
using Cocoon.Attestation;
using Cocoon.Attestation.Nvidia;
using Cocoon.Contracts.Economics;
using Cocoon.Cryptography;
using Cocoon.Node.Connections;
using Cocoon.Proxy.Relay;
using Cocoon.Ton;

namespace Cocoon.Proxy.Routing;

/// <summary>One worker's connection: what it announced, what runs on it, how it has done so far.</summary>
public sealed class WorkerConnection(
    TonAddress owner, string modelText, Coefficient coefficient, int limit, int protocolVersion, PeerEvidence evidence, IWorkerLink link)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Bits256, WorkerTask> _tasks = [];
    private bool _lost;

    /// <summary>Who is paid.</summary>
    public TonAddress Owner { get; } = owner;

    /// <summary>The full model text, <c>name@commit:hash</c>.</summary>
    public string ModelText { get; } = modelText;

    /// <summary>The model's name, the part before <c>@</c>.</summary>
    public string Model { get; } = modelText.Split('@', 2)[0];

    /// <summary>What its tokens are multiplied by now; a request keeps the one it was given with.</summary>
    public Coefficient Coefficient { get; set; } = coefficient;

    /// <summary>The most requests at once on this connection.</summary>
    public int Limit { get; } = limit;

    /// <summary>The protocol version agreed on.</summary>
    public int ProtocolVersion { get; } = protocolVersion;

    /// <summary>What it attested.</summary>
    public PeerEvidence Evidence { get; } = evidence;

    /// <summary>Held by whoever has it prove itself: it does so for one client at a time, however many ask.</summary>
    public SemaphoreSlim Proving { get; } = new(1);

    /// <summary>SHA-256 of the quote in its certificate; zero without evidence.</summary>
    public Bits256 QuoteHash { get; } = evidence.Quote.IsEmpty ? Bits256.Zero : Bits256.Sha256(evidence.Quote.Span);

    /// <summary>Its GPUs, as far as it attested them.</summary>
    public ImmutableArray<AttestedGpu> Gpus { get; set; } = [];

    /// <summary>Whether it takes requests; false until its handshake is complete and whenever it says so.</summary>
    public bool Enabled { get; set; }

    /// <summary>Requests running on this connection.</summary>
    public int Running
    {
        get
        {
            lock (_gate) return _tasks.Count;
        }
    }

    /// <summary>When it was last given a request, in clock ticks; breaks ties so that equals take turns.</summary>
    public long LastUsed { get; set; }

    /// <summary>Requests it has finished well.</summary>
    public long Succeeded { get; set; }

    /// <summary>Requests it has failed.</summary>
    public long Failed { get; set; }

    internal IWorkerLink Link { get; } = link;

    /// <summary>Messages to this worker that no request waits for. They end with the connection at the latest.</summary>
    internal TaskSet Telling { get; } = new();

    internal bool TryStart(WorkerTask task)
    {
        lock (_gate)
        {
            if (_lost || !Enabled || _tasks.Count >= Limit)
                return false;
            _tasks.Add(task.Id, task);
            return true;
        }
    }

    internal WorkerTask? FindTask(Bits256 id)
    {
        lock (_gate) return _tasks.GetValueOrDefault(id);
    }

    internal void End(WorkerTask task)
    {
        lock (_gate) _tasks.Remove(task.Id);
    }

    /// <summary>The connection is gone: everything that runs on it fails at once.</summary>
    internal void Lose()
    {
        WorkerTask[] tasks;
        lock (_gate)
        {
            _lost = true;
            Enabled = false;
            tasks = [.. _tasks.Values];
        }
        foreach (var task in tasks) task.Lose();
    }
}
