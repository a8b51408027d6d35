using ProcessTools.Benchmarks;

switch (args.Length > 0 ? args[0] : "")
{
    case "serializer":
        SerializerBenchmark.Run(Console.Out);
        return 0;
    default:
        Console.Error.WriteLine("Usage: ProcessTools.Benchmarks serializer");
        return 2;
}
