using System.Collections.Immutable;

namespace Cocoon.Node.Connections;

/// <summary>What a role's status and its log say of a policy.</summary>
/// <param name="Setting">The setting that names it.</param>
/// <param name="Policy">Its name, or the path of its file.</param>
/// <param name="Accepts">What it accepts, in a line.</param>
/// <param name="Relaxations">What it accepts that a strict one does not, each in words.</param>
public sealed record PolicyStatus(string Setting, string Policy, string Accepts, ImmutableArray<string> Relaxations);
