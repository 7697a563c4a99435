using System.Collections.Immutable;

namespace Cocoon.Attestation.Dcap;

/// <summary>How Intel's TDX module of one major version is known.</summary>
/// <param name="Id">"TDX_" and the major version in two hexadecimal digits; empty for the module of TDX 1.0.</param>
/// <param name="MrSigner">Who signed it, 48 bytes.</param>
/// <param name="Attributes">Its attributes, 8 bytes.</param>
/// <param name="AttributesMask">Which of them count, 8 bytes.</param>
/// <param name="Levels">The status of its minor versions, highest first; empty for the module of TDX 1.0, which the platform's levels include.</param>
internal sealed record TdxModuleIdentity(
    string Id, byte[] MrSigner, byte[] Attributes, byte[] AttributesMask, ImmutableArray<ComponentLevel> Levels)
{
    /// <summary>Reads the member `tdxModule` of TCB info.</summary>
    public static TdxModuleIdentity ReadDefault(SignedJson json) => Read(json, "", []);

    /// <summary>Reads one of `tdxModuleIdentities`.</summary>
    public static TdxModuleIdentity ReadVersion(SignedJson json) =>
        Read(json, json.Text("id").ToUpperInvariant(), ComponentLevel.ReadModuleLevels(json));

    private static TdxModuleIdentity Read(SignedJson json, string id, ImmutableArray<ComponentLevel> levels) =>
        new(id, json.Hex("mrsigner", 48), json.Hex("attributes", 8), json.Hex("attributesMask", 8), levels);
}
