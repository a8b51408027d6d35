using System.Management.Automation;
using System.Net.Sockets;
using ProcessTools.Engine.Serialization;
using Xunit;

namespace ProcessTools.Tests.Serialization;

public sealed class ErrorTests
{
    [Fact]
    public void Every_exception_of_the_table_comes_back_as_its_type_with_its_message()
    {
        int count = 0;
        foreach (string name in ExceptionTable.Names)
        {
            Exception made = ExceptionTable.Find(name)!.Make(new ExceptionParts("some message", null, []));
            Exception copy = Assert.IsType<Exception>(Wires.RoundTrip((object)made), exactMatch: false);
            Assert.Equal(name, copy.GetType().FullName);
            Assert.Equal(made.Message, copy.Message);
            Assert.Equal(made.HResult, copy.HResult);
            Exception again = Assert.IsType<Exception>(Wires.RoundTrip((object)copy), exactMatch: false);
            Assert.Equal(made.Message, again.Message);
            count++;
        }

        Assert.True(count > 130, $"{count} exceptions");
    }

    public static TheoryData<Exception> Detailed =>
    [
        new ArgumentException("bad value", "size"),
        new ArgumentException("bad value", "size", new InvalidOperationException("why")),
        new ArgumentNullException("size"),
        new ArgumentNullException("size", "needed"),
        new ArgumentOutOfRangeException("size", 7, "too big"),
        new ArgumentOutOfRangeException("size"),
        new ObjectDisposedException("Thing"),
        new ObjectDisposedException("Thing", "gone"),
        new FileNotFoundException("no file", "/a/b"),
        new FileNotFoundException("no file", "/a/b", new IOException("x")),
        new BadImageFormatException("bad", "a.dll"),
        new TypeInitializationException("A.B", new FormatException("f")),
        new AggregateException("several", new IOException("one"), new TimeoutException("two")),
        new SocketException(111),
        new System.ComponentModel.Win32Exception(2, "no entry"),
        new HttpRequestException("teapot", null, System.Net.HttpStatusCode.Conflict),
        new System.Text.Json.JsonException("bad json", "$.a", 3, 4),
        new System.Xml.XmlException("bad xml", null, 3, 4),
        new System.Xml.XmlException("bad xml"),
        new System.Globalization.CultureNotFoundException("name", "xx-yy", "no culture"),
        new PSArgumentException("bad", "name"),
        new PSArgumentNullException("name"),
        new CommandNotFoundException("no such command") { CommandName = "foo" },
        new RuntimeException("outer", new MethodInvocationException("mid", new FileNotFoundException("inner", "f"))),
        new OperationCanceledException("stop"),
        new InvalidDataFrameException("garbage"),
        new NotSerializableException("$.a", "no"),
        new RemoteWorkerException("A.B", "m", "at x", new IOException("i")),
    ];

    [Theory]
    [MemberData(nameof(Detailed), DisableDiscoveryEnumeration = true)]
    public void An_exception_keeps_its_message_inner_exception_and_details(Exception value)
    {
        Exception copy = Assert.IsType<Exception>(Wires.RoundTrip((object)value), exactMatch: false);
        AssertSame(value, copy);
        AssertSame(value, Assert.IsType<Exception>(Wires.RoundTrip((object)copy), exactMatch: false));
    }

    [Fact]
    public void The_stack_of_the_other_process_stays_with_the_exception()
    {
        Exception thrown = Assert.Throws<InvalidOperationException>(Throw);
        Exception copy = Wires.RoundTrip(thrown);
        Assert.Contains(nameof(Throw), copy.StackTrace, StringComparison.Ordinal);
        Exception caught = Assert.Throws<InvalidOperationException>(new Action(() => throw copy));
        Assert.Contains(nameof(Throw), caught.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_exception_that_is_not_in_the_table_is_named()
    {
        RemoteWorkerException copy = Assert.IsType<RemoteWorkerException>(Wires.RoundTrip((object)new OddException("odd", new IOException("io"))));
        Assert.EndsWith(nameof(OddException), copy.RemoteTypeName, StringComparison.Ordinal);
        Assert.Equal("odd", copy.Message);
        Assert.IsType<IOException>(copy.InnerException);
        Assert.Equal("RemoteWorkerError", copy.ErrorId);
        Assert.Contains(copy.RemoteTypeName, copy.ToString(), StringComparison.Ordinal);
        RemoteWorkerException again = Wires.RoundTrip(copy);
        Assert.Equal(copy.RemoteTypeName, again.RemoteTypeName);
        Assert.Equal(copy.RemoteStackTrace, again.RemoteStackTrace);
    }

    [Fact]
    public void An_exception_that_NET_keeps_to_itself_comes_back_as_its_public_base()
    {
        Exception thrown = Assert.ThrowsAny<ArgumentException>(() => new System.Text.RegularExpressions.Regex("("));
        Assert.Equal(thrown.Message, Assert.IsType<RemoteWorkerException>(Wires.RoundTrip((object)thrown)).Message);
        Exception json = Assert.ThrowsAny<System.Text.Json.JsonException>(() => System.Text.Json.JsonDocument.Parse("{"));
        Assert.NotEqual(typeof(System.Text.Json.JsonException), json.GetType());
        Assert.Equal(json.Message, Assert.IsType<System.Text.Json.JsonException>(Wires.RoundTrip((object)json)).Message);
    }

    [Fact]
    public void Our_own_errors_keep_their_id_and_category()
    {
        NotSerializableException copy = Wires.RoundTrip(new NotSerializableException("$.Items[3].Owner", "it is a thread."));
        Assert.Equal("$.Items[3].Owner", copy.Path);
        Assert.Equal("NotSerializable", copy.ErrorId);
        Assert.Equal(ErrorCategory.InvalidType, copy.Category);
        Assert.StartsWith("NotSerializable", copy.ErrorRecord.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_record_keeps_all_that_PowerShell_shows_of_it()
    {
        ErrorRecord record = Fail("\n function Get-It { [IO.File]::ReadAllText('/nowhere/at/all') }\n  Get-It");
        ErrorRecord copy = Wires.RoundTrip(record);
        AssertSameRecord(record, copy);
        Assert.IsType<DirectoryNotFoundException>(Assert.IsType<MethodInvocationException>(copy.Exception).InnerException);
        AssertSameRecord(record, Wires.RoundTrip(copy));
        Assert.Contains("line 2", copy.ScriptStackTrace, StringComparison.Ordinal);
        Assert.Equal(2, copy.InvocationInfo.ScriptLineNumber);
        Assert.Equal(copy.FullyQualifiedErrorId, ((RuntimeException)copy.Exception).ErrorRecord.FullyQualifiedErrorId);
    }

    [Theory]
    [InlineData("throw 'simple'")]
    [InlineData("throw [System.IO.FileNotFoundException]::new('gone', 'f.txt')")]
    [InlineData("Get-NoSuchCommand 1 2")]
    [InlineData("1 / 0")]
    [InlineData("[int] 'x'")]
    [InlineData("$null.Foo()")]
    [InlineData("&{ [CmdletBinding()] param([Parameter(Mandatory)][int] $n) } -n x")]
    [InlineData("[regex]::new('(')")]
    [InlineData("$x = @{\n a = 1\n b = (1 /\n 0)\n}")]
    [InlineData("&{ [CmdletBinding()] param() $PSCmdlet.ThrowTerminatingError([System.Management.Automation.ErrorRecord]::new([exception]::new('m'), 'My.Id', 'ResourceBusy', @{ a = 1 })) }")]
    public void Errors_of_many_kinds_come_back_the_same(string script)
    {
        ErrorRecord record = Fail(script);
        AssertSameRecord(record, Wires.RoundTrip(record));
    }

    [Fact]
    public void Error_details_and_a_target_that_cannot_travel_are_kept_as_text()
    {
        ErrorRecord record = new(new IOException("io"), "Some.Id", ErrorCategory.ReadError, new object[] { (Action)Throw })
        {
            ErrorDetails = new ErrorDetails("instead") { RecommendedAction = "do this" },
        };
        ErrorRecord copy = Wires.RoundTrip(record);
        Assert.Equal("System.Object[]", copy.TargetObject);
        Assert.Equal("instead", copy.ToString());
        Assert.Equal("do this", copy.ErrorDetails.RecommendedAction);
        ErrorRecord withObject = new(new IOException("io"), "Some.Id", ErrorCategory.ReadError, Wires.Custom(("a", 1)));
        Assert.True(Wires.Same(withObject.TargetObject, Wires.RoundTrip(withObject).TargetObject));
    }

    [Theory]
    [InlineData("throw [System.IO.FileNotFoundException]::new('gone')", "$e")]
    [InlineData("[IO.File]::ReadAllText('/nowhere')", "$e.Exception")]
    public void A_catch_clause_finds_the_type_of_an_error_that_came_back(string script, string thrown)
    {
        ErrorRecord record = Fail(script);
        using PowerShell shell = PowerShell.Create(System.Management.Automation.Runspaces.InitialSessionState.CreateDefault2());
        shell.AddScript($"param($e) try {{ throw {thrown} }} catch [System.IO.FileNotFoundException] {{ 'found' }} catch {{ 'not found' }}")
            .AddArgument(Wires.RoundTrip(record));
        Assert.Equal("found", shell.Invoke()[0].BaseObject);
    }

    [Fact]
    public void Records_of_the_other_streams_keep_what_they_say()
    {
        Assert.Equal("w", Wires.RoundTrip(new WarningRecord("w")).Message);
        Assert.Equal("my.id", Wires.RoundTrip(new WarningRecord("my.id", "w")).FullyQualifiedWarningId);
        Assert.Equal("v", Wires.RoundTrip(new VerboseRecord("v")).Message);
        Assert.Equal("d", Wires.RoundTrip(new DebugRecord("d")).Message);

        InformationRecord information = new(
            new HostInformationMessage { Message = "hi", ForegroundColor = ConsoleColor.Green, NoNewLine = true }, "source");
        information.Tags.Add("PSHOST");
        InformationRecord copy = Wires.RoundTrip(information);
        HostInformationMessage message = Assert.IsType<HostInformationMessage>(copy.MessageData);
        Assert.Equal(("hi", ConsoleColor.Green, true), (message.Message, message.ForegroundColor, message.NoNewLine));
        Assert.Null(message.BackgroundColor);
        Assert.Equal(["PSHOST"], copy.Tags);
        Assert.Equal((information.Source, information.TimeGenerated, information.ProcessId, information.User, information.Computer, information.ManagedThreadId),
            (copy.Source, copy.TimeGenerated, copy.ProcessId, copy.User, copy.Computer, copy.ManagedThreadId));

        ProgressRecord progress = new(7, "a", "s") { PercentComplete = 40, CurrentOperation = "c", ParentActivityId = 3, SecondsRemaining = 9, RecordType = ProgressRecordType.Completed };
        ProgressRecord progressCopy = Wires.RoundTrip(progress);
        Assert.Equal(progress.ToString(), progressCopy.ToString());
        Assert.Equal((7, "a", "s", 40, "c", 3, 9, ProgressRecordType.Completed), (progressCopy.ActivityId, progressCopy.Activity, progressCopy.StatusDescription,
            progressCopy.PercentComplete, progressCopy.CurrentOperation, progressCopy.ParentActivityId, progressCopy.SecondsRemaining, progressCopy.RecordType));
    }

    internal static ErrorRecord Fail(string script)
    {
        using PowerShell shell = PowerShell.Create(System.Management.Automation.Runspaces.InitialSessionState.CreateDefault2());
        try
        {
            shell.AddScript(script).Invoke();
            return shell.Streams.Error[0];
        }
        catch (RuntimeException e)
        {
            return e.ErrorRecord;
        }
    }

    private static void AssertSame(Exception value, Exception copy)
    {
        Assert.IsType(value.GetType(), copy);
        Assert.Equal(value.Message, copy.Message);
        Assert.Equal(value.HResult, copy.HResult);
        foreach (string name in new[] { "ParamName", "FileName", "ObjectName", "NativeErrorCode", "StatusCode", "LineNumber", "Path", "CommandName", "TypeName" })
        {
            Assert.Equal(value.GetType().GetProperty(name)?.GetValue(value), value.GetType().GetProperty(name)?.GetValue(copy));
        }

        if (value is AggregateException several)
        {
            Assert.Equal(several.InnerExceptions.Select(e => e.Message), ((AggregateException)copy).InnerExceptions.Select(e => e.Message));
        }

        Assert.Equal(value.InnerException is null, copy.InnerException is null);
        if (value.InnerException is not null)
        {
            AssertSame(value.InnerException, copy.InnerException!);
        }
    }

    private static void AssertSameRecord(ErrorRecord record, ErrorRecord copy)
    {
        Assert.Equal(record.ToString(), copy.ToString());
        Assert.Equal(record.FullyQualifiedErrorId, copy.FullyQualifiedErrorId);
        Assert.Equal(record.CategoryInfo.Category, copy.CategoryInfo.Category);
        Assert.Equal(record.CategoryInfo.TargetName, copy.CategoryInfo.TargetName);
        Assert.Equal(record.CategoryInfo.TargetType, copy.CategoryInfo.TargetType);
        if (record.CategoryInfo.Reason.Length <= 40)
        {
            // PowerShell shortens a longer reason, unless it is the name of the exception's type and that type is its own secret.
            Assert.Equal(record.CategoryInfo.ToString(), copy.CategoryInfo.ToString());
        }

        Assert.Equal(record.CategoryInfo.Reason, copy.CategoryInfo.Reason);
        Assert.Equal(record.CategoryInfo.Activity, copy.CategoryInfo.Activity);
        Assert.Equal(record.TargetObject?.ToString(), copy.TargetObject?.ToString());
        Assert.Equal(record.ScriptStackTrace, copy.ScriptStackTrace);
        Assert.Equal(record.InvocationInfo is null, copy.InvocationInfo is null);
        if (record.InvocationInfo is { } invocation)
        {
            Assert.Equal(invocation.PositionMessage, copy.InvocationInfo!.PositionMessage);
            Assert.Equal(invocation.Line, copy.InvocationInfo.Line);
            Assert.Equal(invocation.OffsetInLine, copy.InvocationInfo.OffsetInLine);
            Assert.Equal(invocation.MyCommand?.Name, copy.InvocationInfo.MyCommand?.Name);
            Assert.Equal(invocation.InvocationName, copy.InvocationInfo.InvocationName);
        }
    }

    private static void Throw() => throw new InvalidOperationException("thrown");

    private sealed class OddException(string message, Exception inner) : Exception(message, inner);
}
