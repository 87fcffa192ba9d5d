package io.confab.bench;

import io.confab.kafka.LocalKafka;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** From the local store to Kafka: the whole log, mirrored to a broker in a process of its own. */
final class Mirror {
  private static final String CONFAB = "Confab's mirror";
  private static final String RATE = "events/s";
  private static final int CONVERSATIONS = 1_000;
  private static final int PARTITIONS = 64;

  private Mirror() {}

  static Report run(Settings settings) throws Exception {
    Report report = new Report("mirror", settings.quick());
    int events = settings.quick() ? 20_000 : 500_000;
    String scenario = String.format("%,d events of %,d conversations", events, CONVERSATIONS);
    report.setting("Kafka", "one broker, two topics of " + PARTITIONS + " partitions, acks=all");
    report.setting("an event", "as the command path stores it, with a body of 137 bytes");
    report.setting("CPU", "of the mirror's process, which reads the store; not the broker's");
    try (LocalKafka kafka = LocalKafka.startToMeasure(TemporaryDirectory.create("kafka"));
        Child child =
            Child.start(
                settings,
                "mirror",
                MirrorRun.class,
                TemporaryDirectory.create("mirror").toString(),
                kafka.servers(),
                String.valueOf(PARTITIONS),
                String.valueOf(CONVERSATIONS),
                String.valueOf(events))) {
      child.answer();
      mirror(kafka, child); // warm-up
      for (int repetition = 0; repetition < settings.repetitions(); repetition++) {
        report.sample(scenario, CONFAB, mirror(kafka, child));
      }
    }
    report.atLeast(
        "events/s to one broker", report.figure(scenario, CONFAB, RATE).median(), 50_000);
    return report;
  }

  private static Map<String, Double> mirror(LocalKafka kafka, Child child) throws Exception {
    // Without its position the mirror begins anew, into topics that have their leaders already.
    kafka.forget("confab.mirror");
    ObjectNode answer = child.ask(Child.JSON.createObjectNode());
    double done = answer.get("done").doubleValue();
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put(RATE, done / answer.get("nanos").doubleValue() * 1e9);
    figures.put("CPU µs/event", answer.get("cpuNanos").doubleValue() / 1e3 / done);
    return figures;
  }
}
