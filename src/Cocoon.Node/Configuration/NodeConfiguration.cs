using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Text;
using Microsoft.Extensions.Configuration;

namespace Cocoon.Node.Configuration;

/// <summary>Reads a role's options: file, then environment (<c>COCOON_</c>, sections split by <c>__</c>), then flags; the last one wins.</summary>
public static class NodeConfiguration
{
    /// <summary>The environment variables' prefix.</summary>
    public const string EnvironmentPrefix = "COCOON_";

    /// <summary>Reads and validates the options of a role.</summary>
    /// <param name="file">A JSON file, or null for none.</param>
    /// <param name="overrides">Settings from flags; keys use <c>:</c> between sections.</param>
    /// <exception cref="ConfigurationException">The file is absent or malformed, a key is unknown, or a value is missing or out of range.</exception>
    public static T Load<T>(string? file, IEnumerable<KeyValuePair<string, string?>> overrides) where T : class, new()
    {
        var builder = new ConfigurationBuilder();
        if (file is not null)
        {
            if (!File.Exists(file))
                throw new ConfigurationException($"Configuration file '{file}' does not exist. Give its path with --config.");
            builder.AddJsonFile(Path.GetFullPath(file), optional: false);
        }
        builder.AddInMemoryCollection(ReadEnvironment(typeof(T)));
        builder.AddInMemoryCollection(overrides);
        var options = new T();
        try
        {
            builder.Build().Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);
        }
        catch (Exception exception) when (exception is InvalidDataException or InvalidOperationException or FormatException)
        {
            throw new ConfigurationException(exception.InnerException is { } inner ? $"{exception.Message} {inner.Message}" : exception.Message);
        }
        Validate(options);
        return options;
    }

    /// <summary>Checks ranges and required values of an options object and of the option objects inside it.</summary>
    /// <exception cref="ConfigurationException">Something is missing or out of range; every problem is listed.</exception>
    public static void Validate(object options)
    {
        var problems = new StringBuilder();
        Collect(options, "", problems);
        if (problems.Length > 0)
            throw new ConfigurationException($"The configuration has problems:{problems}");
    }

    private static void Collect(object options, string path, StringBuilder problems)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        foreach (var result in results)
        {
            var name = string.Concat(result.MemberNames.Take(1));
            var value = options.GetType().GetProperty(name)?.GetValue(options);
            problems.Append($"\n  {path}{name}: {result.ErrorMessage} Found {(value is null or "" ? "nothing" : $"'{value}'")}.");
        }
        foreach (var property in options.GetType().GetProperties())
        {
            if (property.GetIndexParameters().Length > 0 || property.GetValue(options) is not { } value)
                continue;
            if (value is IEnumerable items and not string)
            {
                var index = 0;
                foreach (var item in items)
                {
                    if (item is null) problems.Append($"\n  {path}{property.Name}[{index}]: The entry needs a value. Found nothing.");
                    else if (IsOptionObject(item)) Collect(item, $"{path}{property.Name}[{index}].", problems);
                    index++;
                }
            }
            else if (IsOptionObject(value))
            {
                Collect(value, $"{path}{property.Name}.", problems);
            }
        }
    }

    private static bool IsOptionObject(object value) => value.GetType().Name.EndsWith("Options", StringComparison.Ordinal);

    // Variables such as COCOON_HOME steer the command itself; only those that name one of the role's settings are read.
    private static IEnumerable<KeyValuePair<string, string?>> ReadEnvironment(Type options)
    {
        var settings = options.GetProperties().Select(property => property.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            var name = (string)variable.Key;
            if (!name.StartsWith(EnvironmentPrefix, StringComparison.OrdinalIgnoreCase))
                continue;
            var parts = name[EnvironmentPrefix.Length..].Split("__");
            if (settings.Contains(parts[0]))
                yield return KeyValuePair.Create(string.Join(':', parts), (string?)variable.Value);
        }
    }
}
