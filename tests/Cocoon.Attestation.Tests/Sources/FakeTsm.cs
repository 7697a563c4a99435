using System.Globalization;
using System.Text;
using Cocoon.Attestation.Sources;

namespace Cocoon.Attestation.Tests.Sources;

/// <summary>A kernel's configfs-tsm as a test wants it.</summary>
internal sealed class FakeTsm : ITsmReports
{
    public string Provider { get; set; } = "tdx_guest";

    public string? PrivilegeFloor { get; set; }

    /// <summary>Makes the report from what was written.</summary>
    public Func<byte[], byte[]> Report { get; set; } = data => [.. "quote over "u8, .. data];

    public byte[]? Auxiliary { get; set; }

    /// <summary>How many of the next requests somebody else writes into.</summary>
    public int Intruders { get; set; }

    public List<string> Created { get; } = [];

    public List<string> Removed { get; } = [];

    public string? PrivilegeLevel { get; private set; }

    public ITsmReport Create(string name)
    {
        Created.Add(name);
        return new Entry(this, name);
    }

    private sealed class Entry(FakeTsm kernel, string name) : ITsmReport
    {
        private long _generation;
        private byte[] _input = [];

        public byte[]? TryRead(string attribute)
        {
            switch (attribute)
            {
                case "provider": return Encoding.ASCII.GetBytes(kernel.Provider + "\n");
                case "generation": return Encoding.ASCII.GetBytes(_generation.ToString(CultureInfo.InvariantCulture) + "\n");
                case "privlevel_floor": return kernel.PrivilegeFloor is { } floor ? Encoding.ASCII.GetBytes(floor + "\n") : null;
                case "auxblob": return kernel.Auxiliary;
                case "outblob":
                    if (kernel.Intruders > 0)
                    {
                        kernel.Intruders--;
                        _generation++;
                    }
                    return kernel.Report(_input);
                default: return null;
            }
        }

        public void Write(string attribute, ReadOnlySpan<byte> value)
        {
            _generation++;
            if (attribute == "inblob") _input = value.ToArray();
            else if (attribute == "privlevel") kernel.PrivilegeLevel = Encoding.ASCII.GetString(value).Trim();
            else throw new IOException(attribute);
        }

        public void Dispose() => kernel.Removed.Add(name);
    }
}
