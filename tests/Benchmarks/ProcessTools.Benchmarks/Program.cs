using ProcessTools.Benchmarks;

switch (args.FirstOrDefault())
{
    case "serializer":
        SerializerBenchmark.Run(Console.Out);
        return 0;
    case "transport":
        TransportBenchmark.Run();
        return 0;
    case "transport-peer":
        TransportBenchmark.RunPeer(args[1], args[2], args[3..]);
        return 0;
    case null:
        SerializerBenchmark.Run(Console.Out);
        TransportBenchmark.Run();
        return 0;
    default:
        Console.Error.WriteLine("usage: ProcessTools.Benchmarks [serializer|transport]");
        return 2;
}
