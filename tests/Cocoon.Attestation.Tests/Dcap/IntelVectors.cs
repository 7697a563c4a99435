using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.Quotes;
using Cocoon.Attestation.Tests.Vectors;

namespace Cocoon.Attestation.Tests.Dcap;

/// <summary>Quotes of real machines, with Intel's collateral of June 2025.</summary>
internal static class IntelVectors
{
    /// <summary>A time at which the collateral is valid.</summary>
    public static readonly DateTimeOffset Time = new(2025, 7, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>What the SGX quote needs: its platform has an advisory that only its enclave could answer.</summary>
    public static readonly QuoteRequirements Sgx = new()
    {
        Kind = TeeMeasurementKind.Sgx,
        AcceptedStatuses = [TcbStatus.UpToDate, TcbStatus.SwHardeningNeeded, TcbStatus.ConfigurationAndSwHardeningNeeded],
    };

    public static byte[] TdxQuote => HardwareVectors.Read("tdx/quote_v4.bin");

    public static byte[] SgxQuote => HardwareVectors.Read("tdx/sgx_quote_v3.bin");

    public static byte[] PaddedQuote => HardwareVectors.Read("tdx/ccel_quote.bin");

    public static DcapCollateral TdxCollateral => DcapCollateral.ParseJson(HardwareVectors.Read("tdx/quote_v4_collateral.json"));

    public static DcapCollateral SgxCollateral => DcapCollateral.ParseJson(HardwareVectors.Read("tdx/sgx_quote_v3_collateral.json"));

    /// <summary>Verifies a quote with the report data that it has.</summary>
    public static QuoteVerdict Verify(byte[] quote, VerifiedCollateral collateral, QuoteRequirements requirements, DateTimeOffset time)
    {
        Quote.TryParse(quote, out var parsed, out _);
        var reportData = parsed.Body.IsEmpty ? new byte[TeeMeasurements.ReportDataSize] : parsed.ReportData;
        return QuoteVerifier.Verify(quote, reportData, collateral, requirements, time);
    }
}
