namespace Cocoon.Attestation;

/// <summary>The names, of sources and of policies, that stand for no hardware and have their place on test networks only.</summary>
public static class TestEvidence
{
    /// <summary>Whether a source or a policy of this name is for test networks only.</summary>
    public static bool IsNamed(string name) => name is "fake_tdx" or "simulated_tdx";
}
