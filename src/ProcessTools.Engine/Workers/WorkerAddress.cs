using System.Globalization;
using ProcessTools.Engine.Platform;

namespace ProcessTools.Engine.Workers;

/// <summary>What a worker needs to find its session: the value of the environment variable that makes a process a worker.</summary>
/// <param name="Connection">The address of the shared-memory connection.</param>
/// <param name="Secret">The one-time secret that its greeting must hold.</param>
/// <param name="Parent">The session's process.</param>
/// <param name="IsStandby">True when nothing waits for it yet, so that it warms itself up.</param>
internal sealed record WorkerAddress(string Connection, string Secret, ProcessIdentity Parent, bool IsStandby)
{
    /// <summary>The environment variable.</summary>
    public const string VariableName = "PROCESSTOOLS_WORKER";

    /// <summary>Reads the variable's value.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static WorkerAddress Parse(string value)
    {
        string[] parts = value.Split('|');
        return parts.Length == 5
            ? new WorkerAddress(
                parts[0],
                parts[1],
                new ProcessIdentity(int.Parse(parts[2], CultureInfo.InvariantCulture), long.Parse(parts[3], CultureInfo.InvariantCulture)),
                parts[4] == "standby")
            : throw new FormatException($"{VariableName} does not hold a worker's address.");
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Connection}|{Secret}|{Parent.Id}|{Parent.StartTime}|{(IsStandby ? "standby" : "now")}");
}
