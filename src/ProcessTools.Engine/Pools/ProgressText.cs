namespace ProcessTools.Engine.Pools;

/// <summary>What a progress bar shows.</summary>
/// <param name="Activity">What goes on.</param>
/// <param name="Status">How far it is.</param>
/// <param name="PercentComplete">The share that is done, from 0 to 100, or -1 when it is not known.</param>
/// <param name="SecondsRemaining">The time that it will still take, or -1 when it is not known.</param>
internal readonly record struct ProgressText(string Activity, string Status, int PercentComplete, int SecondsRemaining);
