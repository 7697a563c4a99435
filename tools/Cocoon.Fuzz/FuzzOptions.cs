namespace Cocoon.Fuzz;

/// <summary>What a run does.</summary>
/// <param name="Packets">Packets for each role and state, or messages for each codec.</param>
/// <param name="Time">Ends every state after its share of this, whatever was sent; null for no such end.</param>
/// <param name="Seed">Repeats a run's decisions. What the threads make of them differs a little from run to run.</param>
/// <param name="Role">Only roles whose name holds this; null for all.</param>
/// <param name="State">Only this state; null for all.</param>
internal sealed record FuzzOptions(long Packets, TimeSpan? Time, long Seed, string? Role = null, string? State = null);
