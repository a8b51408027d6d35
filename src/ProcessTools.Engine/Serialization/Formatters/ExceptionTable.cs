using System.Collections.Frozen;
using System.ComponentModel;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Net;
using System.Net.Mail;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Serialization;
using System.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Schema;
using System.Xml.XPath;

// Exceptions that only the runtime throws are made here because it threw them, in another process.
#pragma warning disable CA2201

namespace ProcessTools.Engine.Serialization;

/// <summary>
/// The exceptions that come back as their own type, each with the constructor that makes it. A name on the wire is looked up here and
/// nowhere else.
/// </summary>
internal static partial class ExceptionTable
{
    private static readonly FrozenDictionary<string, ExceptionEntry> s_entries = Build();

    /// <summary>The names in the table, for the test that checks each.</summary>
    public static IEnumerable<string> Names => s_entries.Keys;

    /// <summary>Finds an entry.</summary>
    /// <param name="typeName">The full name of the exception's type.</param>
    /// <returns>The entry or null.</returns>
    public static ExceptionEntry? Find(string typeName) => s_entries.GetValueOrDefault(typeName);

    /// <summary>The name under which an exception travels: its type's, or of a .NET type that is not public its nearest base in the table.</summary>
    /// <param name="type">The type.</param>
    /// <returns>The name.</returns>
    public static string NameFor(Type type)
    {
        for (Type? current = type; current is { IsVisible: false } && current != typeof(Exception); current = current.BaseType)
        {
            if (current.BaseType is { FullName: { } name } && current.Assembly.GetName().Name?.StartsWith("System.", StringComparison.Ordinal) == true
                && name is not ("System.Exception" or "System.SystemException") && s_entries.ContainsKey(name))
            {
                return name;
            }
        }

        return type.FullName ?? type.Name;
    }

    private static FrozenDictionary<string, ExceptionEntry> Build()
    {
        Dictionary<string, ExceptionEntry> table = new(StringComparer.Ordinal);
        AddSystem(table);
        AddWithDetails(table);
        AddPowerShell(table);
        AddOurs(table);
        return table.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static void Add<T>(Dictionary<string, ExceptionEntry> table, Func<string, Exception?, T> make)
        where T : Exception =>
        table.Add(typeof(T).FullName!, new ExceptionEntry(p => make(p.Message, p.Inner)));

    private static void Add<T>(Dictionary<string, ExceptionEntry> table, Func<T, object?[]> extras, Func<ExceptionParts, T> make)
        where T : Exception =>
        table.Add(typeof(T).FullName!, new ExceptionEntry(make, e => extras((T)e)));

    private static void AddSystem(Dictionary<string, ExceptionEntry> table)
    {
        Add(table, static (m, i) => new Exception(m, i));
        Add(table, static (m, i) => new SystemException(m, i));
        Add(table, static (m, i) => new ApplicationException(m, i));
        Add(table, static (m, i) => new AccessViolationException(m, i));
        Add(table, static (m, i) => new AppDomainUnloadedException(m, i));
        Add(table, static (m, i) => new ArithmeticException(m, i));
        Add(table, static (m, i) => new ArrayTypeMismatchException(m, i));
        Add(table, static (m, i) => new CannotUnloadAppDomainException(m, i));
        Add(table, static (m, i) => new DataMisalignedException(m, i));
        Add(table, static (m, i) => new DivideByZeroException(m, i));
        Add(table, static (m, i) => new DllNotFoundException(m, i));
        Add(table, static (m, i) => new DuplicateWaitObjectException(m, i));
        Add(table, static (m, i) => new EntryPointNotFoundException(m, i));
        Add(table, static (m, i) => new FieldAccessException(m, i));
        Add(table, static (m, i) => new FormatException(m, i));
        Add(table, static (m, i) => new IndexOutOfRangeException(m, i));
        Add(table, static (m, i) => new InsufficientExecutionStackException(m, i));
        Add(table, static (m, i) => new InsufficientMemoryException(m, i));
        Add(table, static (m, i) => new InvalidCastException(m, i));
        Add(table, static (m, i) => new InvalidOperationException(m, i));
        Add(table, static (m, i) => new InvalidProgramException(m, i));
        Add(table, static (m, i) => new InvalidTimeZoneException(m, i));
        Add(table, static (m, i) => new MemberAccessException(m, i));
        Add(table, static (m, i) => new MethodAccessException(m, i));
        Add(table, static (m, i) => new MissingFieldException(m, i));
        Add(table, static (m, i) => new MissingMemberException(m, i));
        Add(table, static (m, i) => new MissingMethodException(m, i));
        Add(table, static (m, i) => new MulticastNotSupportedException(m, i));
        Add(table, static (m, i) => new NotFiniteNumberException(m, i));
        Add(table, static (m, i) => new NotImplementedException(m, i));
        Add(table, static (m, i) => new NotSupportedException(m, i));
        Add(table, static (m, i) => new NullReferenceException(m, i));
        Add(table, static (m, i) => new OperationCanceledException(m, i));
        Add(table, static (m, i) => new OutOfMemoryException(m, i));
        Add(table, static (m, i) => new OverflowException(m, i));
        Add(table, static (m, i) => new PlatformNotSupportedException(m, i));
        Add(table, static (m, i) => new RankException(m, i));
        Add(table, static (m, i) => new StackOverflowException(m, i));
        Add(table, static (m, i) => new TimeoutException(m, i));
        Add(table, static (m, i) => new TimeZoneNotFoundException(m, i));
        Add(table, static (m, i) => new TypeAccessException(m, i));
        Add(table, static (m, i) => new TypeLoadException(m, i));
        Add(table, static (m, i) => new TypeUnloadedException(m, i));
        Add(table, static (m, i) => new UnauthorizedAccessException(m, i));
        Add(table, static (m, i) => new UriFormatException(m, i));
        Add(table, static (m, i) => new KeyNotFoundException(m, i));
        Add(table, static (m, i) => new DirectoryNotFoundException(m, i));
        Add(table, static (m, i) => new System.IO.DriveNotFoundException(m, i));
        Add(table, static (m, i) => new EndOfStreamException(m, i));
        Add(table, static (m, i) => new InvalidDataException(m, i));
        Add(table, static (m, i) => new IOException(m, i));
        Add(table, static (m, i) => new PathTooLongException(m, i));
        Add(table, static (m, i) => new InternalBufferOverflowException(m, i));
        Add(table, static (m, i) => new AbandonedMutexException(m, i));
        Add(table, static (m, i) => new BarrierPostPhaseException(m, i));
        Add(table, static (m, i) => new LockRecursionException(m, i));
        Add(table, static (m, i) => new SemaphoreFullException(m, i));
        Add(table, static (m, i) => new SynchronizationLockException(m, i));
        Add(table, static (m, i) => new ThreadInterruptedException(m, i));
        Add(table, static (m, i) => new ThreadStateException(m, i));
        Add(table, static (m, i) => new WaitHandleCannotBeOpenedException(m, i));
        Add(table, static (m, i) => new TaskCanceledException(m, i));
        Add(table, static (m, i) => new TaskSchedulerException(m, i));
        Add(table, static (m, i) => new AmbiguousMatchException(m, i));
        Add(table, static (m, i) => new CustomAttributeFormatException(m, i));
        Add(table, static (m, i) => new InvalidFilterCriteriaException(m, i));
        Add(table, static (m, i) => new TargetException(m, i));
        Add(table, static (m, _) => new TargetParameterCountException(m));
        Add(table, static (m, i) => new TargetInvocationException(m, i));
        Add(table, static (m, i) => new SerializationException(m, i));
        Add(table, static (m, i) => new InvalidComObjectException(m, i));
        Add(table, static (m, i) => new InvalidOleVariantTypeException(m, i));
        Add(table, static (m, i) => new MarshalDirectiveException(m, i));
        Add(table, static (m, i) => new SafeArrayRankMismatchException(m, i));
        Add(table, static (m, i) => new SafeArrayTypeMismatchException(m, i));
        Add(table, static (m, i) => new SecurityException(m, i));
        Add(table, static (m, i) => new VerificationException(m, i));
        Add(table, static (m, i) => new AuthenticationException(m, i));
        Add(table, static (m, i) => new InvalidCredentialException(m, i));
        Add(table, static (m, i) => new CryptographicException(m, i));
        Add(table, static (m, i) => new CryptographicUnexpectedOperationException(m, i));
        Add(table, static (m, i) => new DecoderFallbackException(m, i));
        Add(table, static (m, _) => new EncoderFallbackException(m));
        Add(table, static (m, _) => new RegexMatchTimeoutException(m));
        Add(table, static (m, i) => new XmlSchemaException(m, i));
        Add(table, static (m, i) => new XPathException(m, i));
        Add(table, static (m, i) => new ProtocolViolationException(m));
        Add(table, static (m, i) => new WebException(m, i));
        Add(table, static (m, i) => new WebSocketException(m, i));
        Add(table, static (m, i) => new PingException(m, i));
        Add(table, static (m, i) => new SmtpException(m, i));
        Add(table, static (m, i) => new InvalidAsynchronousStateException(m, i));
        Add(table, static (m, i) => new InvalidEnumArgumentException(m, i));
        Add(table, static (m, i) => new WarningException(m, i));
    }

    private static void AddWithDetails(Dictionary<string, ExceptionEntry> table)
    {
        Add(table, static e => [e.ParamName], static p => new ArgumentException(p.Without(ParameterSuffix(p.Text(0))), p.Text(0), p.Inner));
        Add(table, static e => [e.ParamName], static p => p.Inner is null
            ? new ArgumentNullException(p.Text(0), p.Without(ParameterSuffix(p.Text(0))))
            : new ArgumentNullException(p.Message, p.Inner));
        Add(table, static e => [e.ParamName, e.ActualValue?.ToString()], static p => p.Inner is null
            ? new ArgumentOutOfRangeException(p.Text(0), p.Text(1), p.Without(OutOfRangeSuffix(p.Text(0), p.Text(1))))
            : new ArgumentOutOfRangeException(p.Message, p.Inner));
        Add(table, static e => [e.ParamName, e.InvalidCultureName], static p => p.Inner is null
            ? new CultureNotFoundException(p.Text(0), p.Text(1), p.Without(new CultureNotFoundException(p.Text(0), p.Text(1), "").Message))
            : new CultureNotFoundException(p.Message, p.Inner));
        Add(table, static e => [e.ObjectName], static p => p.Inner is null
            ? new ObjectDisposedException(p.Text(0), p.Without(new ObjectDisposedException(p.Text(0), "").Message))
            : new ObjectDisposedException(p.Message, p.Inner));
        Add(table, static e => [e.FileName], static p => new FileNotFoundException(p.Message, p.Text(0), p.Inner));
        Add(table, static e => [e.FileName], static p => new FileLoadException(p.Message, p.Text(0), p.Inner));
        Add(table, static e => [e.FileName], static p => new BadImageFormatException(p.Message, p.Text(0), p.Inner));
        Add(table, static e => [e.TypeName], static p => new TypeInitializationException(p.Text(0), p.Inner));
        Add(table, static e => [.. e.InnerExceptions], static p =>
        {
            Exception[] inner = [.. p.Extras.OfType<Exception>()];
            return new AggregateException(p.Without(new AggregateException("", inner).Message), inner);
        });
        Add(table, static e => [e.NativeErrorCode], static p => new Win32Exception(p.Number(0), p.Message));
        Add(table, static e => [e.NativeErrorCode], static p => new SocketException(p.Number(0), p.Message));
        Add(table, static e => [e.NativeErrorCode], static p => new HttpListenerException(p.Number(0), p.Message));
        Add(table, static e => [e.NativeErrorCode], static p => new NetworkInformationException(p.Number(0)));
        Add(table, static e => [e.ErrorCode], static p => new COMException(p.Message, p.Inner) { HResult = p.Number(0) });
        Add(table, static e => [e.ErrorCode], static p => new ExternalException(p.Message, p.Inner) { HResult = p.Number(0) });
        Add(table, static e => [e.ErrorCode], static p => new SEHException(p.Message, p.Inner) { HResult = p.Number(0) });
        Add(table, static e => [(int?)e.StatusCode], static p => new HttpRequestException(
            p.Message, p.Inner, p.Number(0) == 0 ? null : (HttpStatusCode)p.Number(0)));
        Add(table, static e => [(int)e.HttpRequestError], static p => new HttpIOException(
            (HttpRequestError)p.Number(0), p.Without($" ({(HttpRequestError)p.Number(0)})"), p.Inner));
        Add(table, static e => [e.Path, (int?)e.LineNumber, (int?)e.BytePositionInLine], static p => new JsonException(
            p.Message, p.Text(0), p.Number(1), p.Number(2), p.Inner));
        Add(table, static e => [e.LineNumber, e.LinePosition], static p =>
        {
            // With a line the constructor adds it to the message, which has it already.
            string suffix = p.Number(0) == 0 ? "" : new XmlException("", null, p.Number(0), p.Number(1)).Message;
            return new XmlException(p.Without(suffix.TrimStart('\r', '\n')).TrimEnd(), p.Inner, p.Number(0), p.Number(1));
        });
    }

    private static void AddPowerShell(Dictionary<string, ExceptionEntry> table)
    {
        Add(table, static (m, i) => new RuntimeException(m, i));
        Add(table, static (m, i) => new ItemNotFoundException(m, i));
        Add(table, static (m, i) => new System.Management.Automation.DriveNotFoundException(m, i));
        Add(table, static (m, i) => new ProviderNotFoundException(m, i));
        Add(table, static (m, i) => new SessionStateException(m, i));
        Add(table, static (m, i) => new SessionStateUnauthorizedAccessException(m, i));
        Add(table, static (m, i) => new CmdletInvocationException(m, i));
        Add(table, static (m, i) => new CmdletProviderInvocationException(m, i));
        Add(table, static (m, i) => new ProviderInvocationException(m, i));
        Add(table, static (m, i) => new ApplicationFailedException(m, i));
        Add(table, static (m, i) => new ExtendedTypeSystemException(m, i));
        Add(table, static (m, i) => new GetValueException(m, i));
        Add(table, static (m, i) => new GetValueInvocationException(m, i));
        Add(table, static (m, i) => new SetValueException(m, i));
        Add(table, static (m, i) => new SetValueInvocationException(m, i));
        Add(table, static (m, i) => new MethodException(m, i));
        Add(table, static (m, i) => new MethodInvocationException(m, i));
        Add(table, static (m, i) => new PSInvalidCastException(m, i));
        Add(table, static (m, i) => new PSInvalidOperationException(m, i));
        Add(table, static (m, i) => new PSNotImplementedException(m, i));
        Add(table, static (m, i) => new PSNotSupportedException(m, i));
        Add(table, static (m, i) => new PSSecurityException(m, i));
        Add(table, static (m, i) => new PipelineStoppedException(m, i));
        Add(table, static (m, i) => new PipelineClosedException(m, i));
        Add(table, static (m, i) => new ParseException(m, i));
        Add(table, static (m, i) => new IncompleteParseException(m, i));
        Add(table, static (m, i) => new MetadataException(m, i));
        Add(table, static (m, i) => new ValidationMetadataException(m, i));
        Add(table, static (m, i) => new ArgumentTransformationMetadataException(m, i));
        Add(table, static (m, i) => new ParsingMetadataException(m, i));
        Add(table, static (m, i) => new ParameterBindingException(m, i));
        Add(table, static (m, i) => new ScriptCallDepthException(m, i));
        Add(table, static (m, i) => new ScriptRequiresException(m, i));
        Add(table, static (m, i) => new HaltCommandException(m, i));
        Add(table, static (m, i) => new InvalidPowerShellStateException(m, i));
        Add(table, static (m, i) => new InvalidRunspaceStateException(m, i));
        Add(table, static (m, i) => new InvalidPipelineStateException(m, i));
        Add(table, static e => [e.CommandName], static p => new CommandNotFoundException(p.Message, p.Inner) { CommandName = p.Text(0) ?? "" });
        Add(table, static e => [e.ParamName], static p => p.Text(0) is { } name && p.Inner is null
            ? new PSArgumentException(p.Message, name)
            : new PSArgumentException(p.Message, p.Inner));
        Add(table, static e => [e.ParamName], static p => p.Text(0) is { } name && p.Inner is null
            ? new PSArgumentNullException(name, p.Message)
            : new PSArgumentNullException(p.Message, p.Inner));
        Add(table, static e => [e.ParamName, e.ActualValue?.ToString()], static p => p.Text(0) is { } name && p.Inner is null
            ? new PSArgumentOutOfRangeException(name, p.Text(1), p.Message)
            : new PSArgumentOutOfRangeException(p.Message, p.Inner));
        Add(table, static e => [e.ObjectName], static p => p.Inner is null
            ? new PSObjectDisposedException(p.Text(0), p.Message)
            : new PSObjectDisposedException(p.Message, p.Inner));
    }

    private static string ParameterSuffix(string? name) => string.IsNullOrEmpty(name) ? "" : new ArgumentException("", name).Message;

    private static string OutOfRangeSuffix(string? name, string? value) => new ArgumentOutOfRangeException(name, value, "").Message;
}
