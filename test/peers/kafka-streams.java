import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * Counts each voter's first vote with Kafka Streams, as its manual teaches it: exactly_once_v2, a
 * RocksDB store of the voters and one of the counts, both with their changelogs in Kafka.
 *
 * Arguments: brokers, topic, votes, seconds, directory. Prints "ready", starts at a line on standard
 * input, and prints how many votes it has decided.
 */
class KafkaStreamsPeer {
  static final AtomicLong decided = new AtomicLong();

  static class Tally implements Processor<String, String, Void, Void> {
    KeyValueStore<String, String> voters;
    KeyValueStore<String, Long> counts;

    @Override
    public void init(ProcessorContext<Void, Void> context) {
      voters = context.getStateStore("voters");
      counts = context.getStateStore("counts");
    }

    @Override
    public void process(Record<String, String> vote) {
      String choice = after(vote.value(), "\"choice\":\"");
      if (voters.putIfAbsent(vote.key(), after(vote.value(), "\"ballotId\":\"")) == null) {
        Long count = counts.get(choice);
        counts.put(choice, count == null ? 1 : count + 1);
      }
      decided.incrementAndGet();
    }

    static String after(String json, String start) {
      int from = json.indexOf(start) + start.length();
      return json.substring(from, json.indexOf('"', from));
    }
  }

  public static void main(String[] arguments) throws Exception {
    Properties settings = new Properties();
    settings.putAll(
        Map.of(
            StreamsConfig.APPLICATION_ID_CONFIG, "peer-" + arguments[1],
            StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, arguments[0],
            StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2,
            StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2,
            StreamsConfig.REPLICATION_FACTOR_CONFIG, 1,
            StreamsConfig.STATE_DIR_CONFIG, arguments[4],
            "auto.offset.reset", "earliest"));
    var text = Serdes.String();
    Topology topology = new Topology();
    topology
        .addSource("votes", text.deserializer(), text.deserializer(), arguments[1])
        .addProcessor("tally", Tally::new, "votes")
        .addStateStore(
            Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore("voters"), text, text),
            "tally")
        .addStateStore(
            Stores.keyValueStoreBuilder(
                    Stores.persistentKeyValueStore("counts"), text, Serdes.Long())
                .withCachingEnabled(),
            "tally");
    long votes = Long.parseLong(arguments[2]);
    try (var streams = new KafkaStreams(topology, settings)) {
      System.out.println("ready");
      System.in.read();
      long end = System.nanoTime() + Duration.ofSeconds(Long.parseLong(arguments[3])).toNanos();
      streams.start();
      while (decided.get() < votes && System.nanoTime() < end) Thread.sleep(20);
      System.out.println(decided.get());
      System.in.read();
    }
  }
}
