using System.Collections.Concurrent;
using System.Globalization;
using System.Management.Automation;

namespace ProcessTools;

/// <summary>
/// How PowerShell's job manager knows the workers of a session, so that its job commands find, receive and remove them. PowerShell
/// registers the class itself when the module is imported, and makes one for each job manager.
/// </summary>
public sealed class WorkerJobSourceAdapter : JobSourceAdapter
{
    private readonly ConcurrentDictionary<Guid, Job2> _jobs = new();

    /// <summary>Makes an adapter without jobs.</summary>
    public WorkerJobSourceAdapter()
    {
        Name = nameof(WorkerJobSourceAdapter);
    }

    /// <inheritdoc/>
    public override Job2 NewJob(JobInvocationInfo specification)
    {
        ArgumentNullException.ThrowIfNull(specification);
        WorkerProcess worker = (WorkerProcess)specification.Parameters[0][0].Value;
        _jobs.TryAdd(worker.InstanceId, worker);
        return worker;
    }

    /// <inheritdoc/>
    public override IList<Job2> GetJobs() => [.. _jobs.Values];

    /// <inheritdoc/>
    public override IList<Job2> GetJobsByName(string name, bool recurse) => Matching(name, static job => job.Name);

    /// <inheritdoc/>
    public override IList<Job2> GetJobsByCommand(string command, bool recurse) => Matching(command, static job => job.Command);

    /// <inheritdoc/>
    public override Job2? GetJobByInstanceId(Guid instanceId, bool recurse) => _jobs.GetValueOrDefault(instanceId);

    /// <inheritdoc/>
    public override Job2? GetJobBySessionId(int id, bool recurse) => _jobs.Values.FirstOrDefault(job => job.Id == id);

    /// <inheritdoc/>
    public override IList<Job2> GetJobsByState(JobState state, bool recurse) => [.. _jobs.Values.Where(job => job.JobStateInfo.State == state)];

    /// <inheritdoc/>
    public override IList<Job2> GetJobsByFilter(Dictionary<string, object> filter, bool recurse)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return [.. _jobs.Values.Where(job => filter.All(pair =>
            PSObject.AsPSObject(job).Properties[pair.Key] is { } property && LanguagePrimitives.Equals(property.Value, pair.Value, ignoreCase: true, CultureInfo.InvariantCulture)))];
    }

    /// <inheritdoc/>
    public override void RemoveJob(Job2 job)
    {
        ArgumentNullException.ThrowIfNull(job);
        _jobs.TryRemove(job.InstanceId, out _);
    }

    private List<Job2> Matching(string pattern, Func<Job2, string> text)
    {
        WildcardPattern wildcard = new(pattern, WildcardOptions.IgnoreCase);
        return [.. _jobs.Values.Where(job => wildcard.IsMatch(text(job)))];
    }
}
