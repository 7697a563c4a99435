using System.ComponentModel.DataAnnotations;
using Cocoon.Protocol.ProofOfWork;

namespace Cocoon.Router.Configuration;

/// <summary>One port of a router.</summary>
public sealed class RouterPortOptions
{
    /// <summary>
    /// <c>socks5</c> (local programs ask in SOCKS5 for a peer), <c>forward</c> (local programs reach one fixed peer) or <c>reverse</c> (peers
    /// reach one local program).
    /// </summary>
    [Required]
    public string Kind { get; set; } = "";

    /// <summary>TCP port, 0 (any free port) to 65535.</summary>
    [Range(0, 65535)]
    public int Port { get; set; }

    /// <summary>For <c>reverse</c>: the IP address the port binds to. Default all interfaces. The other kinds bind to 127.0.0.1.</summary>
    [Required]
    public string ListenAddress { get; set; } = "0.0.0.0";

    /// <summary>For <c>forward</c>: the peer, <c>host:port</c>. For <c>reverse</c>: the local program, a loopback address and a port.</summary>
    [Required(AllowEmptyStrings = true)]
    public string Destination { get; set; } = "";

    /// <summary>
    /// What a peer must show: <c>any</c>, <c>fake_tdx</c>, <c>simulated_tdx</c>, <c>tdx</c>, <c>sev_snp</c>, or the path of a policy file, which ends in <c>.json</c>.
    /// </summary>
    [Required]
    public string Policy { get; set; } = "";

    /// <summary>Image hashes that are accepted, 64 hexadecimal digits each; empty (the default) accepts every one.</summary>
    [Required]
    public List<string> AllowedImages { get; set; } = [];

    /// <summary>Whether the local side is told who the peer is, in a frame ahead of the peer's bytes. Default true; the network's roles want it.</summary>
    public bool PeerInfo { get; set; } = true;

    /// <summary>For <c>reverse</c>: proof of work asked of peers, in leading zero bits, 0 to 28. Default 20.</summary>
    [Range(0, 28)]
    public int ProofOfWorkDifficulty { get; set; } = ProofOfWork.DefaultDifficulty;

    /// <summary>For the other kinds: the hardest proof of work that is solved, in leading zero bits, 0 to 32. Default 28.</summary>
    [Range(0, 32)]
    public int MaxProofOfWorkDifficulty { get; set; } = ProofOfWork.DefaultMaxDifficulty;
}
