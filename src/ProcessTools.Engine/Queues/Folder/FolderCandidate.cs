namespace ProcessTools.Engine.Queues.Folder;

/// <summary>A file that can be taken.</summary>
/// <param name="Path">The file, or the slot that it was given back in.</param>
/// <param name="Name">Its name.</param>
/// <param name="IsReturned">True for one that was given back, false for one that lies in the watched folder itself.</param>
/// <param name="Attempts">How many have had it in hand.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Written">When it was written last.</param>
internal readonly record struct FolderCandidate(string Path, string Name, bool IsReturned, int Attempts, long Length, DateTime Written);
