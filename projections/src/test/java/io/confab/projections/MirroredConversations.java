package io.confab.projections;

import io.confab.events.EncodedEvent;
import io.confab.events.EventEnvelope;
import io.confab.events.EventJson;
import io.confab.events.EventLog;
import io.confab.kafka.KafkaMirror;
import io.confab.kafka.KafkaSettings;
import io.confab.views.EventGenerator;
import io.confab.views.ViewModel;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Random events in a real Kafka, and what the views must say of them. */
final class MirroredConversations implements EventLog, AutoCloseable {
  final ViewModel model = new ViewModel();
  final Map<String, Long> heads = new HashMap<>();
  private final EventGenerator generator;
  private final Map<String, EncodedEvent> firsts = new HashMap<>();
  private final KafkaMirror mirror;

  MirroredConversations(EventGenerator generator, KafkaSettings settings, MeterRegistry meters) {
    this.generator = generator;
    this.mirror = new KafkaMirror(settings, this, meters);
  }

  /** Returns when they are in Kafka. */
  List<EventEnvelope> publish(int count) throws InterruptedException {
    List<EventEnvelope> events = generator.next(count);
    for (EventEnvelope event : events) {
      heads.put(event.conversation(), event.sequence());
      if (event.sequence() == 0) {
        firsts.put(event.conversation(), encoded(event));
      }
    }
    mirror.publish(events.stream().map(MirroredConversations::encoded).toList());
    model.add(events);
    return events;
  }

  private static EncodedEvent encoded(EventEnvelope event) {
    return new EncodedEvent(
        event.conversation(), event.sequence(), event.type(), EventJson.write(event));
  }

  @Override
  public long head(String conversation) {
    return heads.getOrDefault(conversation, -1L);
  }

  /** The first one, which is all that the mirror asks for. */
  @Override
  public List<EncodedEvent> read(String conversation, long from, int limit) {
    return List.of(firsts.get(conversation));
  }

  @Override
  public void close() {
    mirror.close();
  }
}
