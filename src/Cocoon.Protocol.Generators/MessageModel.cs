using System.Text;

namespace Cocoon.Protocol.Generators;

/// <summary>One message as its record declares it.</summary>
/// <param name="Namespace">The record's namespace.</param>
/// <param name="TypeName">The record's name.</param>
/// <param name="Name">The constructor's name in the schema.</param>
/// <param name="Result">The schema type that the constructor belongs to or the function answers with.</param>
/// <param name="ExplicitId">The id where the network's differs from the computed one.</param>
/// <param name="FlagsAt">The position of the flags word among the fields; -1 when there is none.</param>
/// <param name="IsFunction">Whether the message is a function.</param>
/// <param name="Fields">The fields in wire order, without the flags word.</param>
/// <param name="Sums">The sum interfaces that the record implements, fully qualified.</param>
/// <param name="Problem">Why no code can be generated, or null.</param>
internal sealed record MessageModel(
    string Namespace,
    string TypeName,
    string Name,
    string Result,
    uint? ExplicitId,
    int FlagsAt,
    bool IsFunction,
    EquatableArray<FieldModel> Fields,
    EquatableArray<string> Sums,
    ProblemModel? Problem)
{
    public string FullName => $"global::{Namespace}.{TypeName}";

    public string Declaration
    {
        get
        {
            var text = new StringBuilder(Name);
            for (var i = 0; i <= Fields.Items.Length; i++)
            {
                if (i == FlagsAt) text.Append(" flags:#");
                if (i == Fields.Items.Length) break;
                var part = Fields.Items[i];
                text.Append(' ').Append(part.Name).Append(':');
                if (part.Flag >= 0) text.Append("flags.").Append(part.Flag).Append('?');
                if (part.IsVector) text.Append("vector ");
                text.Append(part.Type);
            }
            return text.Append(" = ").Append(Result).ToString();
        }
    }

    public uint Id => ExplicitId ?? Crc32.Compute(Declaration);
}
