using Cocoon.Trainer.Training;
using FsCheck;
using FsCheck.Fluent;

namespace Cocoon.Inference.Tests;

/// <summary>Runs a check for many seeds.</summary>
internal static class Property
{
    public static void Holds(int runs, Func<TrainingRandom, bool> check) =>
        Prop.ForAll(ArbMap.Default.ArbFor<ulong>(), seed => check(new TrainingRandom(seed))).Check(Config.QuickThrowOnFailure.WithMaxTest(runs));
}
