namespace Cocoon.Ton.Cells;

/// <summary>Bytes or cells from outside do not have the form they must have. The message says which check failed.</summary>
public sealed class CellFormatException : FormatException
{
    /// <summary>Creates the exception.</summary>
    public CellFormatException(string message) : base(message)
    {
    }

    /// <summary>Creates the exception with its cause.</summary>
    public CellFormatException(string message, Exception inner) : base(message, inner)
    {
    }
}
