using Cocoon.Attestation.Chains;

namespace Cocoon.Attestation.Nvidia;

/// <summary>NVIDIA's root keys, points of P-384, as its attestation tools publish them in self-signed certificates.</summary>
public static class NvidiaRoots
{
    /// <summary>"NVIDIA Device Identity CA", above the keys of GPUs.</summary>
    public static TrustAnchor Devices { get; } = new(
        "NVIDIA Device Identity CA",
        Convert.FromBase64String(
            "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEDkwUozv4pWJmWNtBKWB+TL9FGcRBJxb00NkXxJeABb3qvq79V7xmCC1xik+LYFLh"
            + "UW7op8QiuE3oVwcbtY/Tlb6gz6HGPufIDWvWOQHZHLvRh9OFfcFrXM6vI4/4wn29"));

    /// <summary>"NVIDIA CoRIM signing Root CA", above the keys that sign reference manifests.</summary>
    public static TrustAnchor Manifests { get; } = new(
        "NVIDIA CoRIM signing Root CA",
        Convert.FromBase64String(
            "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEuECyi9vNM+Iw2lfUzyBldHAwaC1HF7TCgp12QcEyUTm3Tagxwr48d55+K2VIlWYI"
            + "Dk7NlAIQdcV/Ff7euGLI+Qauj93HsSI4WX298PpW54RTgz9tC+Q684caR/BXWEeZ"));
}
