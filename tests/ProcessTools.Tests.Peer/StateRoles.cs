using System.Buffers.Binary;
using System.Collections;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using ProcessTools.Engine.State;

namespace ProcessTools.Tests.Peer;

/// <summary>Clients of a shared state, which may be killed.</summary>
internal static class StateRoles
{
    /// <summary>Does one thing with a state: <c>state-do address what [plan]</c>.</summary>
    public static void Do(string[] args)
    {
        if (args.Length > 3)
        {
            Faults.Install(args[3]);
        }

        MemoryState state = SharedStates.Attach(args[1], name: null, token: 0);
        SharedDictionary dictionary = state.Dictionary("d");
        SharedList list = state.List("l");
        Console.WriteLine("ready");
        Act(args[2], state, dictionary, list);
        Console.WriteLine("done");
    }

    /// <summary>Works until it is killed: <c>state-work address log number</c>. The log is two numbers: of increments begun, and done.</summary>
    public static void Work(string[] args)
    {
        using SafeFileHandle log = File.OpenHandle(args[2], FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        MemoryState state = SharedStates.Attach(args[1], name: null, token: 0);
        int number = int.Parse(args[3], CultureInfo.InvariantCulture);
        SharedDictionary dictionary = state.Dictionary("d");
        SharedList list = state.List("l");
        Console.WriteLine("ready");
        byte[] entry = new byte[16];
        for (long round = 1; true; round++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(entry, round);
            RandomAccess.Write(log, entry, 0);
            dictionary.Increment($"count {number}");
            BinaryPrimitives.WriteInt64LittleEndian(entry.AsSpan(8), round);
            RandomAccess.Write(log, entry, 0);
            Act("transfer", state, dictionary, list);
            Act("pair", state, dictionary, list);
            Act("rotate", state, dictionary, list);
        }
    }

    /// <summary>Holds a state until it is killed: <c>state-hold address</c>. Says "refused" and why when it cannot.</summary>
    public static int Hold(string[] args)
    {
        try
        {
            MemoryState state = SharedStates.Attach(args[1], name: null, token: 0);
            state.Dictionary("d")["held"] = Environment.ProcessId;
        }
        catch (ProcessToolsException exception)
        {
            Console.WriteLine($"refused {exception.ErrorId}: {exception.Message} {exception.InnerException?.Message}");
            return 1;
        }

        Console.WriteLine("ready");
        Thread.Sleep(Timeout.Infinite);
        return 0;
    }

    private static void Act(string what, MemoryState state, SharedDictionary dictionary, SharedList list)
    {
        int value = Random.Shared.Next(1000);
        switch (what)
        {
            case "set":
                dictionary["k"] = "new";
                break;
            case "large":
                dictionary["k"] = new string('n', 1_000_000);
                break;
            case "get":
                _ = dictionary["large"];
                break;
            case "increment":
                dictionary.Increment("n");
                break;
            case "remove":
                dictionary.Remove("k");
                break;
            case "clear":
                dictionary.Clear();
                break;
            case "pair":
                dictionary.SetMany(new Hashtable { ["one"] = value, ["other"] = value });
                break;
            case "add":
                list.Add("new");
                break;
            case "range":
                list.AddRange(new[] { "new", "new" });
                break;
            case "pop":
                list.Pop(0);
                break;
            case "insert":
                list.Insert(0, "new");
                break;
            case "reverse":
                list.Reverse();
                break;
            case "wait":
                dictionary.Wait("never");
                break;
            case "transfer":
                state.Transact(
                    () =>
                    {
                        dictionary.Increment("A", value);
                        list.Add(value);
                        dictionary.Decrement("n");
                        dictionary.Increment("B", -value);
                        list.Pop();
                        return dictionary.Increment("n");
                    },
                    Timeout.InfiniteTimeSpan);
                break;
            case "rotate":
                state.Transact(
                    () =>
                    {
                        list.Add(list.Pop(0));
                        return true;
                    },
                    Timeout.InfiniteTimeSpan);
                break;
            default:
                throw new ArgumentException(what);
        }
    }
}
