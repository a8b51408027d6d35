namespace ProcessTools.Engine.Serialization;

/// <summary>The generic collections that come back as what they were. The numbers are on the wire.</summary>
internal enum CollectionKind : byte
{
    List = 0,
    HashSet = 1,
    Queue = 2,
    Stack = 3,
    Collection = 4,
    SortedSet = 5,
    LinkedList = 6,
    ObservableCollection = 7,
    ConcurrentQueue = 8,
    ConcurrentBag = 9,
    ConcurrentStack = 10,
    Dictionary = 32,
    SortedDictionary = 33,
    ConcurrentDictionary = 34,
    SortedList = 35,
}
