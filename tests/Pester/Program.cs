using Microsoft.Testing.Platform.Builder;
using Microsoft.Testing.Platform.Capabilities.TestFramework;
using ProcessTools.Pester;

ITestApplicationBuilder builder = await TestApplication.CreateBuilderAsync(args).ConfigureAwait(false);
builder.RegisterTestFramework(static _ => new TestFrameworkCapabilities(), static (_, _) => new PesterFramework());
using ITestApplication application = await builder.BuildAsync().ConfigureAwait(false);
return await application.RunAsync().ConfigureAwait(false);
