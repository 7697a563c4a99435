namespace System.Runtime.CompilerServices;

/// <summary>Lets records and init accessors compile for a framework that lacks this marker.</summary>
internal static class IsExternalInit;
