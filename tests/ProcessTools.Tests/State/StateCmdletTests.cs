using System.Management.Automation;
using ProcessTools.Engine.State;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.State;

/// <summary><c>Get-SharedState</c> and <c>Remove-SharedState</c>.</summary>
public sealed class StateCmdletTests(StateShell session) : IClassFixture<StateShell>
{
    [Fact]
    public void Without_a_name_it_is_the_state_of_the_session_and_of_its_workers()
    {
        object?[] result = session.All(
            """
            $own = Get-SharedState
            $own.Name, $own.ProcessId, $own.IsOpen
            [object]::ReferenceEquals($own, (Get-SharedState))
            $own.Dictionary('of the session')['key'] = 'value'
            Start-WorkerProcess { $s = Get-SharedState; $s.Id; $s.Dictionary('of the session')['key']; Start-WorkerProcess { (Get-SharedState).Id } | Receive-Job -Wait } | Receive-Job -Wait
            $own.Id
            """);
        Assert.Equal([null, Environment.ProcessId, true, true, result[^1], "value", result[^1], result[^1]], result);
    }

    [Fact]
    public void With_a_name_it_is_the_same_in_every_process()
    {
        Assert.Equal(
            [session.State.Id, 42],
            session.All("$s.Items['answer'] = 42; Start-WorkerProcess { param($name) $s = Get-SharedState $name.ToUpperInvariant() -Existing; $s.Id; $s.Items['answer'] } -ArgumentList $args[0] | Receive-Job -Wait", session.Name));
    }

    [Fact]
    public void States_and_objects_travel_as_arguments_and_with_using_and_stay_shared()
    {
        Assert.Equal(
            ["argument", "using", "state"],
            session.All(
                """
                $d = $s.Dictionary('travels')
                Start-WorkerProcess { param($byArgument) $byArgument['a'] = 'argument'; ($using:d)['b'] = 'using'; ($using:s).Dictionary('travels')['c'] = 'state' } -ArgumentList $d | Receive-Job -Wait
                foreach ($entry in $d.GetEnumerator()) { $entry.Value }
                """));
    }

    [Fact]
    public void Existing_makes_none()
    {
        ErrorRecord error = session.ErrorOf("Get-SharedState $args[0] -Existing", session.Name + "-none");
        Assert.Equal("SharedStateNotFound,ProcessTools.Commands.GetSharedStateCommand", error.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.ObjectNotFound, error.CategoryInfo.Category);
        Assert.Empty(SharedStates.List(session.Name + "-none"));
    }

    [Fact]
    public void It_lists_named_states_and_holds_none()
    {
        string name = session.Name + "-list";
        session.Shell.Run("foreach ($n in 'a', 'b') { $null = (Get-SharedState \"$($args[0])-$n\").List('l') }", name);
        Until.True(() => SharedStates.List(name + "*").All(static info => info.Objects == 1), "the number of objects is written down");
        PSObject[] infos = [.. session.Shell.Run("Get-SharedState -ListAvailable \"$($args[0])*\"", name)];
        Assert.Equal([name + "-a", name + "-b"], infos.Select(static info => ((SharedStateInfo)info.BaseObject).Name));
        Assert.All(infos, static info => Assert.Equal((1, 1), (((SharedStateInfo)info.BaseObject).Holders, ((SharedStateInfo)info.BaseObject).Objects)));
        Assert.Contains(name + "-b", session.All("(Get-SharedState -ListAvailable).Name"));
        Assert.Empty(session.All("Get-SharedState -ListAvailable \"$($args[0])-none\"", name));
        session.Shell.Run("Remove-SharedState \"$($args[0])*\"", name);
        Assert.Empty(SharedStates.List(name + "*"));
    }

    [Theory]
    [InlineData("Get-SharedState ")]
    [InlineData("Get-SharedState -Name ")]
    [InlineData("Get-SharedState -ListAvailable -Name ")]
    [InlineData("Remove-SharedState ")]
    public void Names_are_completed(string command)
    {
        string line = command + session.Name[..20];
        Assert.Equal(
            [session.Name],
            session.All("[System.Management.Automation.CommandCompletion]::CompleteInput($args[0], $args[0].Length, $null).CompletionMatches.CompletionText", line));
    }

    [Fact]
    public void A_transaction_returns_what_its_script_writes_and_nothing_for_nothing()
    {
        Assert.Equal([0, 1, 2, 3], session.All("$own = Get-SharedState; @($own.Transaction({ $null = 1 })).Count; $own.Transaction({ 1 }); $own.Transaction({ 2; 3 })"));
        Assert.Equal([null], session.All(", (Get-SharedState).Transaction({ , $null })"));
    }

    [Fact]
    public void A_removed_state_is_gone_for_all()
    {
        SharedState state = SharedStates.Open(session.Name + "-gone", existing: false);
        SharedDictionary dictionary = state.Dictionary("d");
        int host = state.ProcessId;
        session.Shell.Run("Remove-SharedState $args[0]", state.Name);
        Assert.False(state.IsOpen);
        Assert.ThrowsAny<ProcessToolsException>(() => dictionary["key"] = 1);
        Until.True(() => !Processes.IsRunning(host), "the host has ended");
        Assert.Empty(SharedStates.List(state.Name));
    }

    [Fact]
    public void States_and_what_is_listed_of_them_come_through_the_pipeline()
    {
        string name = session.Name + "-pipe";
        session.Shell.Run("Get-SharedState \"$($args[0])-1\" | Remove-SharedState; $null = Get-SharedState \"$($args[0])-2\"; $null = Get-SharedState \"$($args[0])-3\"", name);
        Assert.Equal(2, SharedStates.List(name + "*").Count);
        session.Shell.Run("Get-SharedState -ListAvailable \"$($args[0])*\" | Remove-SharedState; Remove-SharedState \"$($args[0])*\"", name);
        Assert.Empty(SharedStates.List(name + "*"));
    }

    [Fact]
    public void One_that_is_not_there_is_an_error_and_the_others_are_removed()
    {
        string name = session.Name + "-there";
        ErrorRecord error = session.ErrorOf("$null = Get-SharedState $args[0]; Remove-SharedState \"$($args[0])-not\", $args[0]", name);
        Assert.Equal("SharedStateNotFound,ProcessTools.Commands.RemoveSharedStateCommand", error.FullyQualifiedErrorId);
        Assert.Equal(name + "-not", error.TargetObject);
        Assert.Empty(SharedStates.List(name));
    }

    [Fact]
    public void WhatIf_removes_nothing()
    {
        session.Shell.Run("Remove-SharedState $args[0], \"$($args[0])*\" -WhatIf; $s | Remove-SharedState -WhatIf", session.Name);
        Assert.True(session.State.IsOpen);
        Assert.Single(SharedStates.List(session.Name));
    }

    [Fact]
    public void The_own_state_is_emptied_and_stays()
    {
        Assert.Equal(
            [0, true, 0],
            session.All("$own = Get-SharedState; $own.List('emptied').Add(1); Remove-SharedState -InputObject $own; $own.GetObjects().Length; $own.IsOpen; $own.List('emptied').Count"));
    }
}
