using System.Buffers.Binary;
using System.Collections;
using System.Collections.ObjectModel;
using System.Management.Automation;
using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.Pools.Hosting;

/// <summary>
/// Items that a pure script runs in one loop: gives them to the loop one by one, and takes what it writes into one frame. PowerShell asks for the next item between two rounds, which tells to which item
/// an output belongs.
/// </summary>
internal sealed class TaskBlock : IEnumerable, IEnumerator
{
    private const int CountSize = 4;

    private readonly PooledBufferWriter _frame;
    private byte[] _inputs = [];
    private int _position;
    private int _left;
    private int _itemStart;
    private int _outputs;
    private Action<object?>? _serialize;
    private bool _isOpen;

    /// <summary>Makes it.</summary>
    /// <param name="frame">Takes the outputs.</param>
    public TaskBlock(PooledBufferWriter frame)
    {
        _frame = frame;
        Outputs = new OutputList(this);
    }

    /// <summary>What the loop writes into.</summary>
    public Collection<PSObject> Outputs { get; }

    /// <summary>How many items have gone through.</summary>
    public int Done { get; private set; }

    /// <summary>Where the next item's input is.</summary>
    public int Position => _position;

    /// <inheritdoc/>
    public object? Current { get; private set; }

    /// <summary>Begins a block.</summary>
    /// <param name="inputs">The inputs, each after its length.</param>
    /// <param name="position">Where the first is.</param>
    /// <param name="count">How many.</param>
    public void Begin(byte[] inputs, int position, int count)
    {
        _inputs = inputs;
        _position = position;
        _left = count;
        _isOpen = false;
        Done = 0;
    }

    /// <summary>The loop threw: forgets the item that it was at, which has to run by itself.</summary>
    public void Abandon()
    {
        if (_isOpen)
        {
            _frame.Truncate(_itemStart);
            _isOpen = false;
        }
    }

    /// <inheritdoc/>
    public bool MoveNext()
    {
        Close();
        if (_left == 0)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(_inputs.AsSpan(_position));
        _itemStart = _frame.WrittenCount;
        _outputs = 0;
        _isOpen = true;
        BinaryPrimitives.WriteInt32LittleEndian(_frame.GetSpan(CountSize), 0);
        _frame.Advance(CountSize);
        Current = MessageCodec.Serializer.Deserialize(_inputs.AsMemory(_position + sizeof(int), length));
        return true;
    }

    /// <inheritdoc/>
    public void Reset() => throw new NotSupportedException();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => this;

    private void Write(PSObject? item)
    {
        int start = _frame.WrittenCount;
        _frame.GetSpan(sizeof(int));
        _frame.Advance(sizeof(int));
        if (Passage.Gather(_serialize ??= Serialize, item) is { } handles)
        {
            // A handle among the outputs: the item runs by itself, where handles have their way of travelling.
            handles.Cancel();
            throw new NotSupportedException("A handle.");
        }

        _frame.Patch(start, _frame.WrittenCount - start - sizeof(int));
        _outputs++;
    }

    /// <summary>Not the block itself: PowerShell would enumerate that as the list that it also were.</summary>
    private sealed class OutputList(TaskBlock block) : Collection<PSObject>
    {
        protected override void InsertItem(int index, PSObject item) => block.Write(item);
    }

    private void Serialize(object? item) => MessageCodec.Serializer.Serialize(_frame, item);

    private void Close()
    {
        if (!_isOpen)
        {
            return;
        }

        _frame.Patch(_itemStart, _outputs);
        _position += sizeof(int) + BinaryPrimitives.ReadInt32LittleEndian(_inputs.AsSpan(_position));
        _left--;
        _isOpen = false;
        Done++;
    }
}
