namespace ProcessTools.Engine.State;

/// <summary>What a client asks of a state's hub: the first byte of a request. PROTOCOL.md has the fields of each. Numbers are never reused.</summary>
internal enum StateOperation : byte
{
    // Of the state.
    Open = 1,
    Find = 2,
    Remove = 3,
    GetObjects = 4,
    Clear = 5,
    Begin = 6,
    Commit = 7,
    RollBack = 8,
    Mark = 9,
    RollBackTo = 10,
    End = 11,

    // Of a dictionary or a namespace.
    Get = 32,
    Set = 33,
    TryAdd = 34,
    TryUpdate = 35,
    TryUpdateVersion = 36,
    Swap = 37,
    Pop = 38,
    PopLast = 39,
    Contains = 40,
    Increment = 41,
    SetMany = 42,
    GetMany = 43,
    GetEntries = 44,
    GetKeys = 45,
    WaitForKey = 46,

    // Of a list.
    GetItem = 64,
    SetItem = 65,
    AddItem = 66,
    AddItems = 67,
    InsertItem = 68,
    PopItem = 69,
    SwapItem = 70,
    UpdateItem = 71,
    UpdateItemVersion = 72,
    IncrementItem = 73,
    IndexOfItem = 74,
    RemoveItem = 75,
    GetItems = 76,
    ReplaceItems = 77,

    // Of both.
    GetCount = 96,
    RemoveAll = 97,
    WaitForChange = 98,
}
