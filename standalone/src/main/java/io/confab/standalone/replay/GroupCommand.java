package io.confab.standalone.replay;

import io.confab.kafka.GroupStart;
import io.confab.kafka.KafkaSettings;
import java.io.PrintStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Has a consumer group begin where the arguments say, and says how to read from there. */
final class GroupCommand {
  private final PrintStream out;
  private final PrintStream err;
  private final boolean terminal;
  private final BooleanSupplier interrupted;

  /**
   * @param out where it is said what was set
   * @param interrupted asked during the search; whether to stop and set nothing
   */
  GroupCommand(PrintStream out, PrintStream err, boolean terminal, BooleanSupplier interrupted) {
    this.out = out;
    this.err = err;
    this.terminal = terminal;
    this.interrupted = interrupted;
  }

  void run(KafkaSettings kafka, String group, @Nullable Instant since) {
    try (GroupStart start = GroupStart.open(kafka, group, since)) {
      Progress progress =
          new Progress(
              err, terminal, "records", 0, start.passed(), start.records(), System::nanoTime);
      boolean stop = false;
      while (!(stop = interrupted.getAsBoolean()) && start.search()) {
        progress.at(start.passed());
      }
      progress.end();
      if (stop) {
        throw new ReplayRefused(
            ReplayRefused.FAILED, "interrupted: the group " + group + " is as it was");
      }
      say(kafka, group, since, start.set());
    }
  }

  private void say(
      KafkaSettings kafka, String group, @Nullable Instant since, Map<String, List<Long>> starts) {
    out.println(
        "The group "
            + group
            + " begins with the first event"
            + (since == null ? "" : " since " + since)
            + " of each partition. Its offsets, as partition:offset:");
    starts.forEach((topic, offsets) -> out.println("  " + topic + " " + numbered(offsets)));
    out.println(
        "Read both topics with group.id="
            + group
            + " and auto.offset.reset=none, and skip the sequences that you have of a conversation:");
    out.println(
        "  kafka-console-consumer.sh --bootstrap-server "
            + String.join(",", kafka.bootstrapServers())
            + " --group "
            + group
            + " --include '"
            + String.join("|", starts.keySet()).replace(".", "\\.")
            + "'");
    out.flush();
  }

  private static String numbered(List<Long> offsets) {
    StringBuilder text = new StringBuilder();
    for (int number = 0; number < offsets.size(); number++) {
      text.append(number == 0 ? "" : " ").append(number).append(':').append(offsets.get(number));
    }
    return text.toString();
  }
}
