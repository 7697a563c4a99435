using Cocoon.Attestation;
using Cocoon.Attestation.Simulation;

namespace Cocoon.Cli.Network;

/// <summary>What the roles of a local network are made of, and what is measured of it: a simulation, for no hardware stands behind it.</summary>
/// <param name="ProxyFiles">The proxy's files: this program.</param>
/// <param name="WorkerFiles">A worker's: this program and the model.</param>
/// <param name="ModelFile">The model.</param>
/// <param name="Proxy">The proxy's measurements.</param>
/// <param name="Worker">A worker's.</param>
internal sealed record LocalImages(
    IReadOnlyList<string> ProxyFiles, IReadOnlyList<string> WorkerFiles, string ModelFile, TeeMeasurements Proxy, TeeMeasurements Worker)
{
    /// <summary>The name of the evidence source and policy of a local network.</summary>
    public const string Evidence = "simulated_tdx";

    /// <summary>Measures the files.</summary>
    public static LocalImages Measure()
    {
        // Published as one file, the program has no assembly beside it.
        var assembly = Path.Combine(AppContext.BaseDirectory, "cocoon.dll");
        var program = File.Exists(assembly) ? assembly : Environment.ProcessPath ?? throw new InvalidOperationException("The path of this command is unknown.");
        var model = ModelFiles.Find();
        string[] proxy = [program];
        string[] worker = [program, model];
        return new LocalImages(proxy, worker, model, SimulatedImage.Measure(proxy), SimulatedImage.Measure(worker));
    }
}
