using System.Collections.Immutable;
using System.Globalization;

namespace Cocoon.Attestation.Dcap;

/// <summary>The status of a platform from a set of security versions on.</summary>
/// <param name="SgxComponents">16 versions.</param>
/// <param name="TdxComponents">16 versions; empty for SGX.</param>
/// <param name="PceSvn">The version of the provisioning certification enclave.</param>
/// <param name="Status">The status.</param>
/// <param name="Date">The platform has all that Intel published until then.</param>
/// <param name="Advisories">What is known to be wrong with it.</param>
internal sealed record TcbLevel(
    byte[] SgxComponents, byte[] TdxComponents, int PceSvn, TcbStatus Status, DateTimeOffset Date, ImmutableArray<string> Advisories)
{
    /// <summary>Reads a level of TCB info of version 2 or 3.</summary>
    public static TcbLevel Read(SignedJson level, int version, TeeMeasurementKind tee)
    {
        var tcb = level.Object("tcb");
        return new TcbLevel(
            version == 2 ? ReadComponents2(tcb) : ReadComponents3(tcb, "sgxtcbcomponents"),
            tee == TeeMeasurementKind.Tdx ? ReadComponents3(tcb, "tdxtcbcomponents") : [],
            tcb.Number("pcesvn", ushort.MaxValue),
            TcbStatuses.ReadPlatform(level),
            level.Time("tcbDate"),
            level.OptionalTexts("advisoryIDs"));
    }

    /// <summary>Whether a platform reaches this level. An empty <paramref name="teeTcbSvn"/> is for SGX.</summary>
    public bool IsReachedBy(ReadOnlySpan<byte> components, int pceSvn, ReadOnlySpan<byte> teeTcbSvn)
    {
        if (!AllReach(components, SgxComponents) || pceSvn < PceSvn) return false;
        if (teeTcbSvn.IsEmpty) return true;

        // From TDX 1.5 on the first two numbers are the TDX module's version, and its identity says what they are worth.
        var start = teeTcbSvn[1] > 0 ? 2 : 0;
        return AllReach(teeTcbSvn[start..], TdxComponents.AsSpan(start));
    }

    /// <summary>Orders levels as Intel's library does before it takes the first that a platform reaches; higher ones come first.</summary>
    public static int CompareDescending(TcbLevel left, TcbLevel right)
    {
        var order = right.SgxComponents.AsSpan().SequenceCompareTo(left.SgxComponents);
        if (order == 0) order = right.PceSvn.CompareTo(left.PceSvn);
        return order != 0 ? order : right.TdxComponents.AsSpan().SequenceCompareTo(left.TdxComponents);
    }

    private static bool AllReach(ReadOnlySpan<byte> versions, ReadOnlySpan<byte> wanted)
    {
        for (var i = 0; i < wanted.Length; i++)
        {
            if (versions[i] < wanted[i]) return false;
        }
        return true;
    }

    private static byte[] ReadComponents2(SignedJson tcb) =>
        [.. Enumerable.Range(1, PckPlatform.ComponentCount).Select(number =>
            (byte)tcb.Number(string.Create(CultureInfo.InvariantCulture, $"sgxtcbcomp{number:d2}svn"), byte.MaxValue))];

    private static byte[] ReadComponents3(SignedJson tcb, string name)
    {
        var components = tcb.Objects(name);
        return components.Length == PckPlatform.ComponentCount
            ? [.. components.Select(component => (byte)component.Number("svn", byte.MaxValue))]
            : throw new FormatException($"the member '{name}' has {components.Length} components, wanted {PckPlatform.ComponentCount}.");
    }
}
