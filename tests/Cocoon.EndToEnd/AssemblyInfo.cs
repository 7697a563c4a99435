using System.Runtime.Versioning;

// Every story runs real processes and some of them are killed: one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

// Processes are found under /proc and told by signals.
[assembly: SupportedOSPlatform("linux")]
