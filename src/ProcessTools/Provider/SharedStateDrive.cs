using System.Management.Automation;

namespace ProcessTools.Provider;

/// <summary>A drive of a shared state, which it holds.</summary>
internal sealed class SharedStateDrive : PSDriveInfo
{
    /// <summary>The root of a session's own state, which has no name.</summary>
    public const string OwnRoot = ".";

    public SharedStateDrive(PSDriveInfo drive, SharedState state)
        : base(drive.Name, drive.Provider, state.Name ?? OwnRoot, drive.Description, drive.Credential)
    {
        State = state;
    }

    /// <summary>The state.</summary>
    public SharedState State { get; }
}
