namespace ProcessTools.Engine.Serialization;

/// <summary>What one message needs while it is read: how deep we are, what it has cost so far and which shapes it has defined.</summary>
internal sealed class ReadContext
{
    [ThreadStatic]
    private static ReadContext? s_spare;

    private List<Shape> _shapes = [];
    private long _memory;
    private int _elements;
    private int _depth;

    private ReadContext(ObjectSerializer serializer)
    {
        Serializer = serializer;
        Limits = serializer.Limits;
    }

    /// <summary>The serializer that reads.</summary>
    public ObjectSerializer Serializer { get; private set; }

    /// <summary>What the message may cost.</summary>
    public SerializerLimits Limits { get; private set; }

    /// <summary>The shape defined last, in this message or one before it on this thread, and the bytes of its definition.</summary>
    public (byte[] Bytes, Shape Shape) LatestShape { get; set; }

    /// <summary>Takes the thread's spare context or a new one.</summary>
    /// <param name="serializer">The serializer that reads.</param>
    /// <returns>A context as new.</returns>
    public static ReadContext Rent(ObjectSerializer serializer)
    {
        ReadContext? context = s_spare;
        if (context is null)
        {
            return new ReadContext(serializer);
        }

        s_spare = null;
        context.Serializer = serializer;
        context.Limits = serializer.Limits;
        return context;
    }

    /// <summary>Gives the context back to the thread.</summary>
    public void Return()
    {
        _shapes.Clear();
        _memory = 0;
        _elements = 0;
        _depth = 0;
        s_spare = this;
    }

    /// <summary>Goes into a container, before it is made.</summary>
    /// <param name="count">How many elements it has.</param>
    /// <param name="bytesEach">How much memory each takes, besides what it is.</param>
    public void Enter(int count, int bytesEach)
    {
        if (_depth >= Limits.MaxDepth)
        {
            throw new InvalidDataFrameException($"The data is nested deeper than {Limits.MaxDepth} levels.");
        }

        if (_depth >= 32)
        {
            System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
        }

        _depth++;
        _elements += count;
        if (_elements > Limits.MaxElements || _elements < 0)
        {
            throw new InvalidDataFrameException($"The data has more than {Limits.MaxElements} elements.");
        }

        Charge(64 + ((long)count * bytesEach));
    }

    /// <summary>Comes out of the container entered last.</summary>
    public void Leave() => _depth--;

    /// <summary>Begins or ends an embedded message, which has shapes of its own but shares depth and cost.</summary>
    /// <param name="shapes">The shapes to use.</param>
    /// <returns>Those used until now.</returns>
    public List<Shape> Exchange(List<Shape> shapes)
    {
        List<Shape> former = _shapes;
        _shapes = shapes;
        return former;
    }

    /// <summary>Counts memory before it is taken.</summary>
    /// <param name="bytes">About how much.</param>
    public void Charge(long bytes)
    {
        _memory += bytes;
        if (_memory > Limits.MaxMemory)
        {
            throw new InvalidDataFrameException($"The data would take more than {Limits.MaxMemory} bytes of memory.");
        }
    }

    /// <summary>Remembers a shape that the message defines.</summary>
    /// <param name="shape">The shape.</param>
    public void Remember(Shape shape)
    {
        if (_shapes.Count < Shape.MaxRemembered)
        {
            _shapes.Add(shape);
        }
    }

    /// <summary>A shape that the message has defined.</summary>
    /// <param name="number">Its number.</param>
    /// <returns>The shape.</returns>
    public Shape ShapeAt(int number) =>
        number < _shapes.Count ? _shapes[number] : throw new InvalidDataFrameException($"The data refers to shape {number}, which it has not defined.");
}
