using System.Collections.Immutable;
using System.Globalization;
using Cocoon.Attestation.Chains;

namespace Cocoon.Attestation.Facts;

/// <summary>Gathers what one piece of evidence says.</summary>
internal sealed class FactList
{
    private readonly ImmutableArray<EvidenceFact>.Builder _facts = ImmutableArray.CreateBuilder<EvidenceFact>();

    public void Add(string name, string value) => _facts.Add(new EvidenceFact(name, value));

    public void Add(string name, long value) => Add(name, value.ToString(CultureInfo.InvariantCulture));

    public void Add(string name, ReadOnlySpan<byte> value) => Add(name, Convert.ToHexStringLower(value));

    /// <summary>A certificate in DER, by its subject and its time; whatever is wrong with it is what is said of it.</summary>
    public void AddCertificate(string name, ReadOnlyMemory<byte> der)
    {
        try
        {
            Add(name, der.IsEmpty ? "no certificate" : Describe(ChainCertificate.Parse(der)));
        }
        catch (AttestationException exception)
        {
            Add(name, exception.Message);
        }
    }

    public static string Describe(ChainCertificate certificate) => $"{certificate.Subject}, {certificate.NotBefore:u} to {certificate.NotAfter:u}";

    public ImmutableArray<EvidenceFact> ToImmutable() => _facts.ToImmutable();
}
