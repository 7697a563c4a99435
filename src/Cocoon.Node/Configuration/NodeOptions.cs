using System.ComponentModel.DataAnnotations;

namespace Cocoon.Node.Configuration;

/// <summary>What every role needs to know; each role's options extend it.</summary>
public abstract class NodeOptions
{
    /// <summary>The network this node joins.</summary>
    [Required]
    public NetworkOptions Network { get; set; } = new();

    /// <summary>Folder that holds this node's keys, tokens and database; made on first start, readable by its owner only.</summary>
    [Required]
    public string StateFolder { get; set; } = "";

    /// <summary>TON address that owns this node's wallet and receives what it earns, in any text form.</summary>
    [Required]
    public string Owner { get; set; } = "";

    /// <summary>Loopback TCP port of the admin surface, 0 (any free port, told in the log) to 65535. Default 0.</summary>
    [Range(0, 65535)]
    public int AdminPort { get; set; }

    /// <summary>
    /// How peers are reached and known: <c>attested_tls</c> (proof of work and attested TLS in this process), <c>router</c> (behind the network's own
    /// router on this machine) or <c>plain</c> (bare TCP, on loopback and test networks only). Default <c>attested_tls</c>.
    /// </summary>
    [Required]
    public string Transport { get; set; } = "attested_tls";

    /// <summary>For <c>router</c>: loopback address and port of the router's SOCKS5 port. Default <c>127.0.0.1:8116</c>.</summary>
    [Required]
    public string Router { get; set; } = "127.0.0.1:8116";

    /// <summary>What peers are granted.</summary>
    [Required]
    public NodeLimitOptions Limits { get; set; } = new();

    /// <summary>
    /// How this node attests itself: <c>none</c>, <c>fake_tdx</c>, <c>simulated_tdx</c>, <c>tdx</c> or <c>sev_snp</c>. Default <c>fake_tdx</c>.
    /// </summary>
    [Required]
    public string Evidence { get; set; } = "fake_tdx";

    /// <summary>For <c>simulated_tdx</c>: the files that make up this node's image, at most 3. None by default.</summary>
    public List<string> SimulatedImage { get; set; } = [];

    /// <summary>
    /// How the GPUs that work with this node attest themselves: <c>none</c>, or <c>nvattest</c> (NVIDIA's command of that name). Only with
    /// <see cref="Evidence"/>, whose quote vouches for them, and only over <c>attested_tls</c>. Default <c>none</c>.
    /// </summary>
    [Required]
    public string GpuEvidence { get; set; } = "none";

    /// <summary>For <c>nvattest</c>: the command's path or name. Default <c>nvattest</c>.</summary>
    [Required]
    public string GpuEvidenceCommand { get; set; } = "nvattest";

    /// <summary>
    /// What it wants to see of a peer: <c>any</c>, <c>fake_tdx</c>, <c>simulated_tdx</c>, <c>tdx</c>, <c>sev_snp</c>, or the path of a policy file, which ends in
    /// <c>.json</c>. Default <c>fake_tdx</c>.
    /// </summary>
    [Required]
    public string PeerPolicy { get; set; } = "fake_tdx";

    /// <summary>
    /// JSON file with measurements of known images by name, so that a refusal of an image says which registers differ. It decides nothing. None by default.
    /// </summary>
    public string? ReferenceValues { get; set; }

    /// <summary>Where what vendors publish about their hardware comes from.</summary>
    [Required]
    public CollateralOptions Collateral { get; set; } = new();

    /// <summary>The hardest proof of work, in leading zero bits, this node solves when it dials, 0 to 32. Default 28.</summary>
    [Range(0, 32)]
    public int MaxProofOfWorkDifficulty { get; set; } = 28;
}
