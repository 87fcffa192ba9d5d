package io.confab.standalone.replay;

import io.confab.kafka.KafkaExtent;
import io.confab.kafka.KafkaLog;
import io.confab.kafka.KafkaSettings;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * A part of the log in Kafka, in {@link KafkaLog}'s order; an index is a record's. Reads it from
 * its beginning whatever time is selected, because a record's is that of the mirror.
 */
final class KafkaSource implements ReplaySource {
  private final KafkaLog log;
  private final Selection selection;
  private final long end;

  /** Of the selected conversations those of which nothing was read yet. */
  private final Set<String> unseen;

  private boolean atEnd;

  private KafkaSource(KafkaLog log, Selection selection, long end) {
    this.log = log;
    this.selection = selection;
    this.end = end;
    this.unseen = new TreeSet<>(selection.conversations());
  }

  /** At the beginning of the partition that holds the record {@code next}. */
  static KafkaSource open(
      KafkaSettings settings, KafkaExtent extent, long next, Selection selection) {
    return new KafkaSource(KafkaLog.open(settings, extent, next), selection, extent.records());
  }

  @Override
  public String unit() {
    return "records";
  }

  @Override
  public long first() {
    return 0;
  }

  @Override
  public long next() {
    return log.position();
  }

  @Override
  public long end() {
    return end;
  }

  @Override
  public boolean atEnd() {
    return atEnd;
  }

  @Override
  public void read(ReplayOutput output) throws IOException {
    List<KafkaLog.Entry> entries = log.read();
    if (entries == null) {
      atEnd = true;
      return;
    }
    output.partition(log.partitionBegin());
    for (KafkaLog.Entry entry : entries) {
      unseen.remove(entry.event().conversation());
      if (selection.holds(entry.at(), entry.event())) {
        output.write(entry.index(), entry.event());
      }
    }
    output.passed(log.position());
  }

  /** The selected conversations of which nothing was read so far, selected by time or not. */
  Set<String> unseen() {
    return unseen;
  }

  @Override
  public void close() {
    log.close();
  }
}
