using System.Collections.Immutable;
using System.Reflection;
using Cocoon.Cryptography;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Tests.Messages;

/// <summary>Makes any message with any contents, decided by a stream of numbers so that FsCheck can drive and repeat it.</summary>
internal sealed class MessageFactory(uint seed)
{
    private static readonly string[] Texts =
        ["", "a", "Qwen/Qwen3-8B", "Grüße, 世界 🙂", new('x', 253), new('y', 254), new('z', 70_000)];

    private uint _state = seed | 1;

    public ITlObject Create(Type type) => (ITlObject)Create(type, false)!;

    private object? Create(Type type, bool isNullable)
    {
        if (isNullable && Next(2) == 0) return null;
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(int)) return (int)NextBits();
        if (type == typeof(long)) return (long)(((ulong)NextBits() << 32) | NextBits());
        if (type == typeof(double)) return (double)(int)NextBits() / 7;
        if (type == typeof(bool)) return Next(2) == 0;
        if (type == typeof(string)) return Texts[Next(Texts.Length)];
        if (type == typeof(Bits256)) return new Bits256(Bytes(32));
        if (type == typeof(ReadOnlyMemory<byte>)) return (ReadOnlyMemory<byte>)Bytes(Next(4) == 0 ? Next(600) : Next(9));
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>)) return Vector(type.GetGenericArguments()[0]);
        if (type.IsInterface)
        {
            var choices = TlRegistry.Constructors.Where(constructor => type.IsAssignableFrom(constructor.Type)).ToList();
            return Create(choices[Next(choices.Count)].Type, false);
        }

        var constructor = type.GetConstructors().OrderByDescending(candidate => candidate.GetParameters().Length).First();
        var present = NextBits();
        return constructor.Invoke([.. constructor.GetParameters().Select(parameter => Argument(parameter, present))]);
    }

    private object? Argument(ParameterInfo parameter, uint present)
    {
        var flag = parameter.GetCustomAttribute<TlFlagAttribute>();
        return flag is not null && (present >> flag.Bit & 1) == 0 ? null : Create(parameter.ParameterType, false);
    }

    private object Vector(Type element)
    {
        var array = Array.CreateInstance(element, Next(4));
        for (var i = 0; i < array.Length; i++) array.SetValue(Create(element, false), i);
        return typeof(System.Runtime.InteropServices.ImmutableCollectionsMarshal)
            .GetMethod(nameof(System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsImmutableArray))!
            .MakeGenericMethod(element).Invoke(null, [array])!;
    }

    public int Next(int below) => (int)(NextBits() % (uint)below);

    public byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++) bytes[i] = (byte)NextBits();
        return bytes;
    }

    private uint NextBits()
    {
        _state ^= _state << 13;
        _state ^= _state >> 17;
        _state ^= _state << 5;
        return _state * 0x9E3779B1u ^ (_state >> 16);
    }
}
