using System.Collections.ObjectModel;
using System.Management.Automation;
using ProcessTools.Engine.State;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.State;

/// <summary>The provider, through variables and PowerShell's own interface to providers; the commands are in the Pester suite, because they are not here.</summary>
public sealed class StateDriveTests : IClassFixture<StateShell>
{
    private readonly StateShell _session;

    public StateDriveTests(StateShell session)
    {
        _session = session;
        foreach (SharedObjectInfo info in session.State.GetObjects())
        {
            session.State.Remove(info.Name);
        }
    }

    private SharedState State => _session.State;

    [Fact]
    public void A_variable_reads_and_sets_an_entry()
    {
        Assert.Equal([null, 5, 6, 6], _session.All(", $shared:counter; $shared:counter = 5; $shared:counter; $shared:counter += 1; $shared:counter; $s.Items['COUNTER']"));
    }

    [Theory]
    [InlineData("$null")]
    [InlineData("'text'")]
    [InlineData("@()")]
    [InlineData("@(1, 2)")]
    [InlineData("[int[]] (1, 2)")]
    [InlineData("[int[]] (, 1)")]
    [InlineData("[byte[]] (1, 2, 3)")]
    [InlineData("[System.Collections.Generic.List[object]] (1, 2)")]
    [InlineData("@{ a = 1 }")]
    [InlineData("[datetime] '2026-01-02'")]
    public void A_variable_keeps_values_as_a_dictionary_does(string value)
    {
        object?[] result = _session.All($"$shared:v = {value}; $s.Items['w'] = {value}; $types = foreach ($x in 'v', 'w') {{ , $s.Items[$x] }}; , $shared:v; , $s.Items['w']");
        Assert.Equal(result[1]?.GetType(), result[0]?.GetType());
        Assert.Equivalent(result[1], result[0]);
    }

    [Fact]
    public void A_variable_reads_and_sets_a_value_object_and_converts()
    {
        Assert.Equal([0, 5, 7, 1], _session.All("$v = $s.Value('number', 0); $shared:number; $shared:number = 5; $v.Value; $shared:number = '7'; $v.Value; $s.GetObjects().Length"));
        Assert.Equal(7, _session.All("try { $shared:number = 'seven' } catch { }; $shared:number")[0]);
        Assert.Single(_session.Shell.TryRun("$shared:number = 'seven'").Errors);
    }

    [Theory]
    [InlineData("Dictionary")]
    [InlineData("List")]
    [InlineData("Lock")]
    [InlineData("RLock")]
    [InlineData("Namespace")]
    public void A_variable_gives_another_object_itself_and_does_not_replace_it(string kind)
    {
        Assert.Equal([true], _session.All($"$it = $s.{kind}('it'); [object]::ReferenceEquals($it, $shared:it)"));
        ErrorRecord error = _session.ErrorOf("$shared:it = 5");
        Assert.Equal("SharedObjectMismatch", StateShell.Cause<SharedObjectMismatchException>(error).ErrorId);
        Assert.False(State.Items.Contains("it"));
    }

    [Fact]
    public void An_assignment_that_is_refused_empties_nothing()
    {
        Assert.Equal([1, 1], _session.All("$d = $s.Dictionary('d'); $d['k'] = 1; $l = $s.List('l'); $l.Add(1); try { $shared:d = 1 } catch { }; try { $shared:l = 1 } catch { }; $d.Count; $l.Count"));
    }

    [Fact]
    public void An_entry_that_is_set_is_never_seen_without_a_value()
    {
        State.Items["flip"] = 1;
        using CancellationTokenSource stop = new();
        Background<int> bad = Background.Run(() =>
        {
            int count = 0;
            while (!stop.IsCancellationRequested)
            {
                count += State.Items["flip"] is 1 or 2 ? 0 : 1;
            }

            return count;
        });
        _session.Shell.Run("foreach ($n in 1..200) { $shared:flip = 2; $shared:flip = 1 }");
        stop.Cancel();
        Assert.Equal(0, bad.Result);
    }

    [Fact]
    public void Dictionaries_and_namespaces_are_folders()
    {
        State.Dictionary("config")["count"] = 1;
        State.Dictionary("config")[5] = "number";
        State.Dictionary("config")["inner"] = State.Dictionary();
        ((SharedDictionary)State.Dictionary("config")["inner"]!)["deep"] = "x";
        State.Namespace("options").Items["Verbose"] = true;
        Assert.Equal([1, "x", true, "number"], _session.All("${shared:config/count}; ${shared:\\config\\inner\\deep}; ${shared:options/verbose}; ${shared:config/5}"));
        _session.Shell.Run("${shared:config/count} = 2; ${shared:config/new} = 'added'; ${shared:config/5} = 'same key'; ${shared:options/level} = 3");
        Assert.Equal(["count", 5, "inner", "new"], State.Dictionary("config").Keys.Cast<object>());
        Assert.Equal([2, "same key", "added", 3], [State.Dictionary("config")["count"], State.Dictionary("config")[5], State.Dictionary("config")["new"], State.Namespace("options").Items["level"]]);
        Assert.Equal(
            [true, true, false, true, false, false, false],
            _session.All(
                """
                $item = $ExecutionContext.InvokeProvider.Item
                $item.Exists('shared:\config\count'); $item.IsContainer('shared:\config'); $item.IsContainer('shared:\config\count'); $item.IsContainer('shared:\config\inner')
                $item.Exists('shared:\config\none'); $item.Exists('shared:\none\none'); $item.Exists('shared:\config\count\none')
                """));
        Assert.Equal(["count", "5", "inner", "new"], _session.All("$ExecutionContext.InvokeProvider.ChildItem.GetNames('shared:\\config', 'ReturnMatchingContainers', $false)"));
        Assert.NotEmpty(_session.Shell.TryRun("${shared:none/key} = 1").Errors);
    }

    [Fact]
    public void Children_are_the_objects_and_the_entries()
    {
        State.Items["entry"] = "text";
        State.Items["both"] = "hidden";
        State.Dictionary("config")["k"] = 1;
        State.Value("both", 1.5);
        State.List("list");
        State.Lock("lock");
        Dictionary<string, SharedStateItem> items = Items("shared:").ToDictionary(static item => item.Name);
        Assert.Equal(["both", "config", "entry", "list", "lock"], items.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("Entry", "String", null, "text"), (items["entry"].Kind, items["entry"].Type, items["entry"].Count, items["entry"].Value));
        Assert.Equal(("Value", "Double", 1.5), (items["both"].Kind, items["both"].Type, items["both"].Value));
        Assert.Equal(("Dictionary", 1L), (items["config"].Kind, items["config"].Count));
        Assert.Same(State.Lock("lock"), items["lock"].Value);
        Assert.Equal(["k"], Items("shared:\\config").Select(static item => item.Name));
        State.Remove("both");
        Assert.Null(items["both"].Value);
        SharedStateItem root = Assert.Single(Get("shared:\\"));
        Assert.Equal(("State", State), (root.Kind, root.Value));
    }

    [Fact]
    public void A_dictionary_in_itself_is_listed_once()
    {
        State.Dictionary("loop")["self"] = State.Dictionary("loop");
        Assert.Equal(["loop", "self"], _session.All("foreach ($item in $ExecutionContext.InvokeProvider.ChildItem.Get('shared:\\', $true)) { $item.Name }"));
    }

    [Theory]
    [InlineData("Dictionary", "@{ a = 1 }", SharedObjectKind.Dictionary)]
    [InlineData("list", "1, 2", SharedObjectKind.List)]
    [InlineData("Namespace", "$null", SharedObjectKind.Namespace)]
    [InlineData("Value", "5", SharedObjectKind.Value)]
    [InlineData("Array", "[int[]] (1, 2)", SharedObjectKind.Array)]
    [InlineData("Lock", "$null", SharedObjectKind.Lock)]
    [InlineData("RLock", "$null", SharedObjectKind.RLock)]
    [InlineData("Semaphore", "4", SharedObjectKind.Semaphore)]
    [InlineData("BoundedSemaphore", "'4'", SharedObjectKind.BoundedSemaphore)]
    [InlineData("Event", "$null", SharedObjectKind.Event)]
    [InlineData("Condition", "$s.Lock('l')", SharedObjectKind.Condition)]
    [InlineData("Barrier", "3", SharedObjectKind.Barrier)]
    [InlineData("Queue", "10", SharedObjectKind.Queue)]
    public void Items_of_each_kind_are_made_and_removed(string type, string value, SharedObjectKind kind)
    {
        Assert.Equal(kind.ToString(), _session.One($"$ExecutionContext.InvokeProvider.Item.New('shared:\\', 'it', '{type}', ({value})).Kind"));
        Assert.Equal(kind, State.GetObjects().Single(static info => info.Name == "it").Kind);
        Assert.Contains("already", _session.ErrorOf($"$ExecutionContext.InvokeProvider.Item.New('shared:\\', 'it', '{type}', ({value}))").Exception.Message, StringComparison.Ordinal);
        _session.Shell.Run("$ExecutionContext.InvokeProvider.Item.Remove('shared:\\it', $true)");
        Assert.Null(State.Find("it"));
    }

    [Fact]
    public void An_item_in_a_folder_may_be_an_object_too()
    {
        State.Dictionary("folder");
        _session.Shell.Run(
            """
            $item = $ExecutionContext.InvokeProvider.Item
            $null = $item.New('shared:\folder', 'plain', '', 1)
            $null = $item.New('shared:\folder', 'inner', 'Dictionary', @{ k = 'v' })
            $null = $item.New('shared:\folder\inner', 'count', 'Value', 5)
            ${shared:folder/inner/count} = 6
            """);
        SharedDictionary inner = Assert.IsAssignableFrom<SharedDictionary>(State.Dictionary("folder")["inner"]);
        Assert.Equal("v", inner["k"]);
        Assert.Equal(6, Assert.IsAssignableFrom<SharedValue>(inner["count"]).Value);
    }

    [Theory]
    [InlineData("$ExecutionContext.InvokeProvider.Item.New('shared:\\', 'x', 'Nonsense', 1)")]
    [InlineData("$ExecutionContext.InvokeProvider.Item.New('shared:\\', 'x', 'Barrier', $null)")]
    [InlineData("$ExecutionContext.InvokeProvider.Item.New('shared:\\', 'x', 'Value', $null)")]
    [InlineData("$ExecutionContext.InvokeProvider.Item.New('shared:\\', 'x', 'Dictionary', 5)")]
    [InlineData("$ExecutionContext.InvokeProvider.Item.New('shared:\\', 'x', '3', 5)")]
    [InlineData("$ExecutionContext.InvokeProvider.Item.Remove('shared:\\', $true)")]
    [InlineData("$ExecutionContext.InvokeProvider.Item.Set('shared:\\', 5)")]
    [InlineData("$null = $s.Lock('lock'); $ExecutionContext.InvokeProvider.Item.Clear('shared:\\lock')")]
    public void What_makes_no_sense_is_refused(string script)
    {
        Assert.Single(_session.Shell.TryRun(script).Errors);
        Assert.Null(State.Find("x"));
        Assert.True(State.IsOpen);
    }

    [Fact]
    public void Clear_empties_what_has_something()
    {
        State.Items["entry"] = 1;
        State.List("list").Add(1);
        State.Dictionary("config")["k"] = 1;
        State.Namespace("options").Items["k"] = 1;
        State.Value("number", 5);
        State.Array("array", new[] { 1, 2 });
        _session.Shell.Run("foreach ($name in 'entry', 'list', 'config', 'options', 'number', 'array') { $null = $ExecutionContext.InvokeProvider.Item.Clear(\"shared:\\$name\") }");
        Assert.True(State.Items.TryGetValue("entry", out object? entry) && entry is null);
        Assert.Equal((0, 0, 0, 0, 0), (State.List("list").Count, State.Dictionary("config").Count, State.Namespace("options").Items.Count, (int)State.Value("number").Value, (int)State.Array("array")[1]!));
    }

    [Fact]
    public void A_path_of_the_provider_leads_to_the_state_without_the_drive()
    {
        State.Items["there"] = 1;
        string path = $"ProcessTools\\SharedState::{_session.Name}\\there";
        Assert.Equal(1, _session.One("$ExecutionContext.InvokeProvider.Item.Get($args[0]).Value", path));
        Assert.Equal(2, _session.One("$ExecutionContext.InvokeProvider.Item.Set($args[0], 2).Value", path));
        Assert.Equal(false, _session.One("$ExecutionContext.InvokeProvider.Item.Exists($args[0])", path + "-not"));
        string other = _session.Name + "-other";
        SharedStates.Open(other, existing: false).Items["x"] = 3;
        Assert.Equal(3, _session.One("$ExecutionContext.InvokeProvider.Item.Get($args[0]).Value", $"ProcessTools\\SharedState::{other}\\x"));
        SharedStates.Remove(other);
    }

    [Fact]
    public void A_drive_of_a_lost_state_says_so()
    {
        string name = _session.Name + "-lost";
        SharedState lost = SharedStates.Open(name, existing: false);
        _session.Shell.Run("$null = $ExecutionContext.SessionState.Drive.New([System.Management.Automation.PSDriveInfo]::new('lost', $ExecutionContext.SessionState.Provider.GetOne('SharedState'), $args[0], '', $null), 'global'); $lost:x = 1", name);
        Processes.Signal(lost.ProcessId, Processes.Kill);
        Until.True(() => !lost.IsOpen, "the host is gone");
        Assert.All(["$lost:x", "$lost:x = 2", "$ExecutionContext.InvokeProvider.Item.Get('lost:\\x')"], script => StateShell.Cause<SharedStateLostException>(_session.ErrorOf(script)));
        _session.Shell.Run("$ExecutionContext.SessionState.Drive.Remove('lost', $true, 'global')");
        SharedStates.Remove(name);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    public void Without_a_name_it_is_the_state_of_the_session(string root)
    {
        object?[] result = _session.All(
            """
            $null = $ExecutionContext.SessionState.Drive.New([System.Management.Automation.PSDriveInfo]::new('own', $ExecutionContext.SessionState.Provider.GetOne('SharedState'), $args[0], '', $null), 'global')
            $own:mine = 'my own'
            (Get-SharedState).Items['mine']
            $ExecutionContext.InvokeProvider.Item.Get('ProcessTools\SharedState::.\mine').Value
            $ExecutionContext.SessionState.Drive.Remove('own', $true, 'global')
            (Get-SharedState).Items.Remove('mine')
            """,
            root);
        Assert.Equal(["my own", "my own", true], result);
    }

    private SharedStateItem[] Items(string path) => Bare(_session.Shell.Run("$ExecutionContext.InvokeProvider.ChildItem.Get($args[0], $false)", path));

    private SharedStateItem[] Get(string path) => Bare(_session.Shell.Run("$ExecutionContext.InvokeProvider.Item.Get($args[0])", path));

    private static SharedStateItem[] Bare(Collection<PSObject> items) => [.. items.Select(static item => (SharedStateItem)item.BaseObject)];
}
