namespace ProcessTools;

/// <summary>What a shared object is.</summary>
public enum SharedObjectKind
{
    /// <summary>A <see cref="SharedDictionary"/>.</summary>
    Dictionary = 1,

    /// <summary>A <see cref="SharedList"/>.</summary>
    List,

    /// <summary>A <see cref="SharedNamespace"/>.</summary>
    Namespace,

    /// <summary>A <see cref="SharedValue"/>.</summary>
    Value,

    /// <summary>A <see cref="SharedArray"/>.</summary>
    Array,

    /// <summary>A <see cref="SharedLock"/>.</summary>
    Lock,

    /// <summary>A <see cref="SharedRLock"/>.</summary>
    RLock,

    /// <summary>A <see cref="SharedSemaphore"/>.</summary>
    Semaphore,

    /// <summary>A <see cref="SharedBoundedSemaphore"/>.</summary>
    BoundedSemaphore,

    /// <summary>A <see cref="SharedEvent"/>.</summary>
    Event,

    /// <summary>A <see cref="SharedCondition"/>.</summary>
    Condition,

    /// <summary>A <see cref="SharedBarrier"/>.</summary>
    Barrier,

    /// <summary>A <see cref="ProcessQueue"/>.</summary>
    Queue,
}
