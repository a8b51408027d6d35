using System.Globalization;
using System.Text;

namespace ProcessTools.Engine.Serialization;

/// <summary>What one message needs while it is written: where we are in it, what it has cost so far and which shapes it knows. One thread's.</summary>
internal sealed class WriteContext
{
    /// <summary>A thread remembers no more shapes than this from one message to the next.</summary>
    private const int MaxShapes = 256;

    [ThreadStatic]
    private static WriteContext? s_spare;

    private readonly Dictionary<int, List<WrittenShape>> _shapes = [];
    private object?[] _containers = new object?[16];
    private object?[] _names = new object?[16];
    private int[] _indexes = new int[16];
    private string[] _scratchNames = new string[32];
    private object?[] _scratchValues = new object?[32];
    private int _scratchUsed;
    private int _depth;
    private int _outerDepth;
    private int _elements;
    private long _bytes;
    private int _shapeCount;
    private int _message;
    private int _numbered;
    private WrittenShape? _lastShape;

    private WriteContext(ObjectSerializer serializer)
    {
        Serializer = serializer;
        Limits = serializer.Limits;
    }

    /// <summary>The serializer that writes.</summary>
    public ObjectSerializer Serializer { get; private set; }

    /// <summary>What the message may cost.</summary>
    public SerializerLimits Limits { get; private set; }

    /// <summary>Whether we are inside the property bag of a live .NET object, where further live objects become text.</summary>
    public bool InsideLiveObject { get; set; }

    /// <summary>Takes the thread's spare context or a new one.</summary>
    /// <param name="serializer">The serializer that writes.</param>
    /// <param name="parent">The message that this one is embedded in, whose depth counts, or null.</param>
    /// <returns>A context as new.</returns>
    public static WriteContext Rent(ObjectSerializer serializer, WriteContext? parent = null)
    {
        WriteContext context = Take(serializer);
        context._outerDepth = parent is null ? 0 : parent._outerDepth + parent._depth + 1;
        return context;
    }

    /// <summary>Gives the context back to the thread.</summary>
    public void Return()
    {
        Array.Clear(_containers);
        Array.Clear(_names);
        Array.Clear(_scratchValues);
        _scratchUsed = 0;
        _depth = 0;
        _elements = 0;
        _bytes = 0;
        InsideLiveObject = false;
        _numbered = 0;
        _message++;
        if (_shapeCount > MaxShapes)
        {
            _shapes.Clear();
            _shapeCount = 0;
            _lastShape = null;
        }

        s_spare = this;
    }

    /// <summary>Goes into a container.</summary>
    /// <param name="container">The container; cycles are recognized by it.</param>
    /// <param name="count">How many elements it has.</param>
    public void Enter(object container, int count)
    {
        int depth = _depth;
        if (depth + _outerDepth >= Limits.MaxDepth)
        {
            throw TooDeep(container);
        }

        if (depth + _outerDepth >= 32)
        {
            System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
        }

        _elements += count;
        if (_elements > Limits.MaxElements || _elements < 0)
        {
            throw Error($"the message has more than {Limits.MaxElements} elements; send it in pieces.");
        }

        if (depth >= _containers.Length)
        {
            Array.Resize(ref _containers, depth * 2);
            Array.Resize(ref _names, depth * 2);
            Array.Resize(ref _indexes, depth * 2);
        }

        _containers[depth] = container;
        _names[depth] = null;
        _indexes[depth] = -1;
        _depth = depth + 1;
    }

    /// <summary>Comes out of the container entered last.</summary>
    public void Leave() => _depth--;

    /// <summary>Says which member of the container comes next.</summary>
    /// <param name="name">Its name, or its key.</param>
    public void At(object name) => _names[_depth - 1] = name;

    /// <summary>Says which element of the container comes next.</summary>
    /// <param name="index">Its index.</param>
    public void At(int index) => _indexes[_depth - 1] = index;

    /// <summary>Counts the bytes of a string or a blob before it is written.</summary>
    /// <param name="bytes">How many there are.</param>
    public void Charge(long bytes)
    {
        _bytes += bytes;
        if (_bytes > Limits.MaxBytes)
        {
            throw Error($"the message is larger than {Limits.MaxBytes} bytes; send it in pieces.");
        }
    }

    /// <summary>Room for the properties of one object, below those of the objects that it is in.</summary>
    /// <param name="count">How many there are.</param>
    /// <returns>Where the room starts; <see cref="Release"/> gives it back.</returns>
    public int Reserve(int count)
    {
        int start = _scratchUsed;
        _scratchUsed += count;
        if (_scratchUsed > _scratchValues.Length)
        {
            int size = Math.Max(_scratchUsed, _scratchValues.Length * 2);
            Array.Resize(ref _scratchValues, size);
            Array.Resize(ref _scratchNames, size);
        }

        return start;
    }

    /// <summary>Gives room back.</summary>
    /// <param name="start">What <see cref="Reserve"/> returned.</param>
    public void Release(int start)
    {
        Array.Clear(_scratchValues, start, _scratchUsed - start);
        _scratchUsed = start;
    }

    /// <summary>Keeps a property in the room.</summary>
    /// <param name="index">Where: the start plus how many came before.</param>
    /// <param name="name">The property's name.</param>
    /// <param name="value">Its value.</param>
    public void Keep(int index, string name, object? value)
    {
        _scratchNames[index] = name;
        _scratchValues[index] = value;
    }

    /// <summary>The names kept in the room. Not valid after a further <see cref="Reserve"/>.</summary>
    /// <param name="start">What <see cref="Reserve"/> returned.</param>
    /// <param name="count">How many.</param>
    /// <returns>The names.</returns>
    public ReadOnlySpan<string> NamesAt(int start, int count) => _scratchNames.AsSpan(start, count);

    /// <summary>A name kept in the room.</summary>
    /// <param name="index">Where.</param>
    /// <returns>The name.</returns>
    public string NameAt(int index) => _scratchNames[index];

    /// <summary>A value kept in the room.</summary>
    /// <param name="index">Where.</param>
    /// <returns>The value.</returns>
    public object? ValueAt(int index) => _scratchValues[index];

    /// <summary>Finds the shape of an object, or makes it.</summary>
    /// <param name="typeNames">The type names, or null.</param>
    /// <param name="names">The names of the properties.</param>
    /// <returns>The shape.</returns>
    public WrittenShape FindShape(string[]? typeNames, ReadOnlySpan<string> names)
    {
        if (_lastShape is { } last && last.Shape.Matches(typeNames, names))
        {
            return last;
        }

        // The length and the ends tell most shapes apart; Matches decides.
        int hash = names.Length == 0 ? 0 : HashCode.Combine(names.Length, names[0].Length, names[^1].Length, names[0][0], names[^1][^1]);
        if (_shapes.TryGetValue(hash, out List<WrittenShape>? candidates))
        {
            foreach (WrittenShape candidate in candidates)
            {
                if (candidate.Shape.Matches(typeNames, names))
                {
                    return _lastShape = candidate;
                }
            }
        }

        WrittenShape shape = new(new Shape(typeNames, names.ToArray()));
        if (shape.Size <= WrittenShape.MaxRememberedSize && _shapeCount <= 4 * MaxShapes)
        {
            if (candidates is null)
            {
                _shapes[hash] = candidates = [];
            }

            candidates.Add(shape);
            _shapeCount++;
            _lastShape = shape;
        }

        return shape;
    }

    /// <summary>The number of a shape in this message, if the message has it.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="number">Its number, or <see cref="Shape.Inline"/> if it has to be written.</param>
    /// <returns>Whether the message has it; if not, it has from now on.</returns>
    public bool HasShape(WrittenShape shape, out byte number)
    {
        if (shape.Message == _message && ReferenceEquals(shape.Context, this))
        {
            number = shape.Number;
            return true;
        }

        number = Shape.Inline;
        if (_numbered < Shape.MaxRemembered)
        {
            shape.Message = _message;
            shape.Context = this;
            shape.Number = (byte)_numbered++;
        }

        return false;
    }

    /// <summary>Makes the error that names the way to where we are.</summary>
    /// <param name="message">What is wrong there and what to do.</param>
    /// <param name="cause">The cause, or null.</param>
    /// <returns>The error.</returns>
    public NotSerializableException Error(string message, Exception? cause = null) => new(Path(), message, _containers[0], cause);

    private NotSerializableException TooDeep(object container)
    {
        for (int i = 0; i < _depth; i++)
        {
            if (ReferenceEquals(_containers[i], container) && !container.GetType().IsValueType)
            {
                return Error($"it contains itself ({container.GetType().Name}), so it has no end. Send a copy without the reference back.");
            }
        }

        return Error($"it is nested deeper than {Limits.MaxDepth} levels. Send a flatter structure.");
    }

    private string Path()
    {
        StringBuilder path = new("$");

        // A path of hundreds of steps tells no more than its beginning.
        const int MaxSteps = 12;
        for (int i = 0; i < _depth; i++)
        {
            if (i == MaxSteps)
            {
                return path.Append('…').ToString();
            }

            if (_names[i] is { } name)
            {
                string text = Convert.ToString(name, CultureInfo.InvariantCulture) ?? "?";
                path.Append('.').Append(text.Length > 64 ? text[..64] + "…" : text);
            }
            else if (_indexes[i] >= 0)
            {
                path.Append(CultureInfo.InvariantCulture, $"[{_indexes[i]}]");
            }
        }

        return path.ToString();
    }

    private static WriteContext Take(ObjectSerializer serializer)
    {
        WriteContext? context = s_spare;
        if (context is null)
        {
            return new WriteContext(serializer);
        }

        s_spare = null;
        context.Serializer = serializer;
        context.Limits = serializer.Limits;
        return context;
    }
}
