using System.ComponentModel.DataAnnotations;

namespace Cocoon.Node.Configuration;

/// <summary>How long each step from a TCP connection to a known peer may take.</summary>
public class LinkLimitOptions
{
    /// <summary>Seconds to reach a peer over TCP, 1 to 600. Default 10.</summary>
    [Range(1, 600)]
    public int DialSeconds { get; set; } = 10;

    /// <summary>Seconds for the proof of work, on either side, 1 to 3600. Default 60.</summary>
    [Range(1, 3600)]
    public int ProofOfWorkSeconds { get; set; } = 60;

    /// <summary>Seconds for the TLS handshake, 1 to 600. Default 10.</summary>
    [Range(1, 600)]
    public int TlsHandshakeSeconds { get; set; } = 10;

    /// <summary>
    /// Seconds to judge a peer's evidence once the handshake is done, what has to be fetched for it included, 1 to 600. Default 10.
    /// </summary>
    [Range(1, 600)]
    public int EvidenceSeconds { get; set; } = 10;

    /// <summary>Seconds for each exchange between a router and the program behind it, SOCKS5 and the peer-info frame, 1 to 600. Default 10.</summary>
    [Range(1, 600)]
    public int RouterSeconds { get; set; } = 10;

    /// <summary><see cref="DialSeconds"/> as a span.</summary>
    public TimeSpan Dial => TimeSpan.FromSeconds(DialSeconds);

    /// <summary><see cref="ProofOfWorkSeconds"/> as a span.</summary>
    public TimeSpan ProofOfWork => TimeSpan.FromSeconds(ProofOfWorkSeconds);

    /// <summary><see cref="TlsHandshakeSeconds"/> as a span.</summary>
    public TimeSpan TlsHandshake => TimeSpan.FromSeconds(TlsHandshakeSeconds);

    /// <summary><see cref="EvidenceSeconds"/> as a span.</summary>
    public TimeSpan Evidence => TimeSpan.FromSeconds(EvidenceSeconds);

    /// <summary><see cref="RouterSeconds"/> as a span.</summary>
    public TimeSpan Router => TimeSpan.FromSeconds(RouterSeconds);
}
