using System.Collections.ObjectModel;
using System.Collections.Specialized;
using System.Management.Automation;
using System.Management.Automation.Internal;
using System.Management.Automation.Runspaces;
using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary><c>[pscustomobject]</c>, and values with note properties or type names of their own.</summary>
internal static class ObjectFormatter
{
    private const string CustomTypeName = "System.Management.Automation.PSCustomObject";

    /// <summary>Writes a wrapper: as its value if the wrapper says nothing, else with what it says.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="value">The wrapper.</param>
    /// <param name="context">The message.</param>
    public static void Write(ref MessagePackWriter writer, PSObject value, WriteContext context)
    {
        object inner = value.BaseObject;
        if (inner is PSCustomObject)
        {
            if (ReferenceEquals(value, AutomationNull.Value))
            {
                writer.WriteNil();
                return;
            }

            WriteCustom(ref writer, value, context);
            return;
        }

        if (context.Serializer.FormatterFor(inner) is LiveObjectFormatter live)
        {
            live.WriteLive(ref writer, inner, value, context);
            return;
        }

        // In the plain profile a value is the value; there is no place for notes beside it.
        if (context.Serializer.Profile == WireProfile.Full && WriteWrapped(ref writer, inner, value, context))
        {
            return;
        }

        ValueWriter.Write(ref writer, inner, context);
    }

    /// <summary>Writes the properties kept in the context's room as an object.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="owner">The object.</param>
    /// <param name="typeNames">Its type names, or null for those of a plain <c>[pscustomobject]</c>.</param>
    /// <param name="text">What it shows as text, or null.</param>
    /// <param name="start">Where the room starts.</param>
    /// <param name="count">How many properties.</param>
    /// <param name="context">The message.</param>
    public static void WriteBag(
        ref MessagePackWriter writer, object owner, string[]? typeNames, string? text, int start, int count, WriteContext context)
    {
        bool isPlain = context.Serializer.Profile == WireProfile.Plain;
        if (isPlain)
        {
            writer.WriteMapHeader(count);
        }
        else
        {
            WriteBagHeader(ref writer, typeNames, text, start, count, context);
        }

        context.Enter(owner, count);
        for (int i = start; i < start + count; i++)
        {
            string name = context.NameAt(i);
            context.At(name);
            if (isPlain)
            {
                Wire.WriteString(ref writer, name, context);
            }

            ValueWriter.Write(ref writer, context.ValueAt(i), context);
        }

        context.Leave();
    }

    /// <summary>Keeps the properties of an object that PowerShell's own enumeration shows; those that throw are left out, as in remoting.</summary>
    /// <param name="value">The object.</param>
    /// <param name="start">Where the room starts.</param>
    /// <param name="context">The message.</param>
    /// <returns>How many were kept.</returns>
    public static int KeepProperties(PSObject value, int start, WriteContext context)
    {
        int count = 0;
        foreach (PSPropertyInfo property in value.Properties)
        {
            if (TryGetValue(property, out object? item))
            {
                context.Reserve(1);
                context.Keep(start + count++, property.Name, item);
            }
        }

        return count;
    }

    /// <summary>Keeps the note properties of an object itself.</summary>
    /// <param name="members">The object's own members.</param>
    /// <param name="start">Where the room starts.</param>
    /// <param name="context">The message.</param>
    /// <returns>How many were kept.</returns>
    public static int KeepMembers(OrderedDictionary members, int start, WriteContext context)
    {
        int count = 0;
        lock (members)
        {
            int total = members.Count;
            context.Reserve(total);
            for (int i = 0; i < total; i++)
            {
                object? member = members[i];
                if (member?.GetType() == typeof(PSNoteProperty))
                {
                    PSNoteProperty note = (PSNoteProperty)member;
                    context.Keep(start + count++, note.Name, note.Value);
                    continue;
                }

                // PowerShell keeps its own pstypenames among them once someone has asked for it.
                if (member is PSPropertyInfo property and not PSCodeProperty { Name: "pstypenames" } && TryGetValue(property, out object? item))
                {
                    context.Keep(start + count++, property.Name, item);
                }
            }
        }

        return count;
    }

    /// <summary>The type names of an object, without PowerShell's copy of them.</summary>
    /// <param name="value">The object.</param>
    /// <returns>The type names.</returns>
    public static Collection<string> TypeNamesOf(PSObject value) => PowerShellInternals.TypeNames is { } get ? get(value) : value.TypeNames;

    /// <summary>Adds the readers of objects.</summary>
    /// <param name="table">The table of markers by code.</param>
    public static void AddTo(ReadComposite?[] table)
    {
        table[WireCode.Object] = static (ref r, data, count, c) => ReadObject(ref r, data, count, hasText: false, c);
        table[WireCode.ObjectWithText] = static (ref r, data, count, c) => ReadObject(ref r, data, count, hasText: true, c);
        table[WireCode.Wrapped] = ReadWrapped;
    }

    private static void WriteCustom(ref MessagePackWriter writer, PSObject value, WriteContext context)
    {
        Collection<string> names = TypeNamesOf(value);
        bool isPlainCustom = names.Count == 2 && names[0] == CustomTypeName;
        string[]? typeNames = isPlainCustom ? null : [.. names];
        int start = context.Reserve(0);
        int count;

        // Objects from CLIXML, and types that Update-TypeData may have extended, need PowerShell's own enumeration.
        if (PowerShellInternals.InstanceMembers is not { } getMembers
            || PowerShellInternals.IsDeserialized?.Invoke(value) != false
            || (!isPlainCustom && Runspace.DefaultRunspace is not null))
        {
            count = KeepProperties(value, start, context);
        }
        else
        {
            count = getMembers(value) is { } members ? KeepMembers(members, start, context) : 0;
        }

        WriteBag(ref writer, value, typeNames, isPlainCustom ? null : PowerShellInternals.GetText?.Invoke(value), start, count, context);
        context.Release(start);
    }

    private static bool WriteWrapped(ref MessagePackWriter writer, object inner, PSObject value, WriteContext context)
    {
        Collection<string> names = TypeNamesOf(value);
        OrderedDictionary? members = PowerShellInternals.InstanceMembers?.Invoke(value);
        string[]? typeNames = TypeFamily.IsOf(inner.GetType(), names) ? null : [.. names];
        if (typeNames is null && (members is null || members.Count == 0))
        {
            return false;
        }

        int start = context.Reserve(0);
        int count = members is null ? 0 : KeepMembers(members, start, context);
        if (count == 0 && typeNames is null)
        {
            context.Release(start);
            return false;
        }

        Wire.WriteMarker(ref writer, 2, WireCode.Wrapped);
        context.Enter(inner, 2);
        ValueWriter.Write(ref writer, inner, context);

        // A line of a file has its drive and its provider as notes: they are live, and as text say enough.
        bool wasInside = context.InsideLiveObject;
        context.InsideLiveObject = true;
        WriteBag(ref writer, value, typeNames, PowerShellInternals.GetText?.Invoke(value), start, count, context);
        context.InsideLiveObject = wasInside;
        context.Leave();
        context.Release(start);
        return true;
    }

    private static bool TryGetValue(PSPropertyInfo property, out object? value)
    {
        try
        {
            value = property.Value;
            return true;
        }
        catch (Exception e) when (e is not (OutOfMemoryException or PipelineStoppedException))
        {
            value = null;
            return false;
        }
    }

    private static void WriteBagHeader(ref MessagePackWriter writer, string[]? typeNames, string? text, int start, int count, WriteContext context)
    {
        WrittenShape shape = context.FindShape(typeNames, context.NamesAt(start, count));
        bool isKnown = context.HasShape(shape, out byte number);
        int parts = count + (isKnown ? 0 : 1) + (text is null ? 0 : 1);
        Wire.WriteMarker(ref writer, parts, text is null ? WireCode.Object : WireCode.ObjectWithText, number);
        if (!isKnown)
        {
            shape.Write(ref writer, context);
        }

        if (text is not null)
        {
            Wire.WriteString(ref writer, text, context);
        }
    }

    private static object ReadObject(ref MessagePackReader reader, byte data, int count, bool hasText, ReadContext context)
    {
        Shape shape = ReadShape(ref reader, data, ref count, context);
        string? text = hasText ? ReadCounted(ref reader, ref count, context) : null;
        string[] names = shape.Names;
        if (count != names.Length)
        {
            throw new InvalidDataFrameException($"The data has an object with {names.Length} names and {count} values.");
        }

        PSObject value = PowerShellInternals.NewObject(count);
        Fill(ref reader, value, shape, text, context);
        return value;
    }

    private static object ReadWrapped(ref MessagePackReader reader, byte data, int count, ReadContext context)
    {
        if (count != 2 || ValueReader.Read(ref reader, context) is not { } inner || inner is PSObject)
        {
            throw new InvalidDataFrameException("The data has notes without a value.");
        }

        int parts = Wire.ReadArrayHeader(ref reader, 1) - 1;
        context.Enter(parts, 160);
        sbyte code = ValueReader.ReadMarker(ref reader, out byte number);
        if (code is not (WireCode.Object or WireCode.ObjectWithText))
        {
            throw new InvalidDataFrameException("The data has a value whose notes are not an object.");
        }

        Shape shape = ReadShape(ref reader, number, ref parts, context);
        string? text = code == WireCode.ObjectWithText ? ReadCounted(ref reader, ref parts, context) : null;
        if (parts != shape.Names.Length)
        {
            throw new InvalidDataFrameException($"The data has an object with {shape.Names.Length} names and {parts} values.");
        }

        // Not AsPSObject: a string that the runtime shares would get the notes of one message for all.
        PSObject value = new(inner);
        Fill(ref reader, value, shape, text, context);
        context.Leave();
        return value;
    }

    private static void Fill(ref MessagePackReader reader, PSObject value, Shape shape, string? text, ReadContext context)
    {
        string[] names = shape.Names;
        if (shape.IsAnnounced && names.Length > 0 && value.BaseObject is PSCustomObject && PowerShellInternals.Members is { } getMembers)
        {
            OrderedDictionary members = getMembers(value);
            foreach (string name in names)
            {
                members.Add(name, new PSNoteProperty(name, ValueReader.Read(ref reader, context)));
            }
        }
        else if (names.Length > 0)
        {
            PSMemberInfoCollection<PSPropertyInfo> properties = value.Properties;
            foreach (string name in names)
            {
                properties.Add(new PSNoteProperty(name, ValueReader.Read(ref reader, context)), preValidated: true);
            }

            // Not so for values inside a wrapper: there PowerShell is told about the value's type as well.
            shape.IsAnnounced = value.BaseObject is PSCustomObject;
        }

        if (shape.TypeNames is { } typeNames)
        {
            context.Charge(64 + (typeNames.Length * 8));
            Collection<string> target = value.TypeNames;
            target.Clear();
            foreach (string typeName in typeNames)
            {
                target.Add(typeName);
            }
        }

        if (text is not null)
        {
            PowerShellInternals.SetText?.Invoke(value, text);
        }
    }

    private static string ReadCounted(ref MessagePackReader reader, ref int count, ReadContext context)
    {
        count--;
        return Wire.ReadText(ref reader, context);
    }

    private static Shape ReadShape(ref MessagePackReader reader, byte number, ref int count, ReadContext context)
    {
        if (number != Shape.Inline)
        {
            return context.ShapeAt(number);
        }

        count--;
        Shape shape = ShapeReader.Read(ref reader, context);
        context.Remember(shape);
        return shape;
    }
}
