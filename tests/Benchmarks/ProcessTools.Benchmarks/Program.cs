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
    case "channels":
        ChannelsBenchmark.Run(args.ElementAtOrDefault(1) ?? "");
        return 0;
    case "channels-peer":
        ChannelsBenchmark.RunPeer(args[1]);
        return 0;
    case null:
        SerializerBenchmark.Run(Console.Out);
        TransportBenchmark.Run();
        ChannelsBenchmark.Run("");
        return 0;
    default:
        Console.Error.WriteLine("usage: ProcessTools.Benchmarks [serializer|transport|channels [<first letters of a name>]]");
        return 2;
}
