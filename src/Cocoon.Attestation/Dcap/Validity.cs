using System.Globalization;
using Cocoon.Attestation.Chains;
using Cocoon.Attestation.Verification;

namespace Cocoon.Attestation.Dcap;

/// <summary>From when to when something may be relied on, both moments included.</summary>
internal readonly record struct Validity(string What, DateTimeOffset From, DateTimeOffset Until, string Advice)
{
    public static Validity Of(string what, ChainCertificate certificate) =>
        new(what, certificate.NotBefore, certificate.NotAfter, "check the clock; if it is right, the certificate has to be renewed");

    public EvidenceCheck CheckAt(DateTimeOffset time) =>
        new($"{What} dates", From <= time && time <= Until, Show(time), $"{Show(From)} to {Show(Until)}", Advice);

    private static string Show(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
