namespace Cocoon.Client.Proxies;

/// <summary>A worker that serves a model.</summary>
/// <param name="Coefficient">Its price level in thousandths.</param>
/// <param name="RunningRequests">How many requests it runs.</param>
/// <param name="MaxRunningRequests">How many it takes at once.</param>
internal sealed record ModelWorker(int Coefficient, int RunningRequests, int MaxRunningRequests);
