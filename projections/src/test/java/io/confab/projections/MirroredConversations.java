package io.confab.projections;

import io.confab.events.EncodedEvent;
import io.confab.events.EventEnvelope;
import io.confab.events.EventJson;
import io.confab.events.EventLog;
import io.confab.kafka.KafkaMirror;
import io.confab.kafka.KafkaSettings;
import io.confab.views.EventGenerator;
import io.confab.views.ViewModel;
import io.confab.views.ViewReader;
import io.confab.views.ViewReader.View;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Random events in a real Kafka, and what the views must say of them. */
final class MirroredConversations implements EventLog, AutoCloseable {
  final ViewModel model = new ViewModel();
  final Map<String, Long> heads = new HashMap<>();
  private final EventGenerator generator;
  private final Map<String, List<EncodedEvent>> logs = new ConcurrentHashMap<>();
  private final KafkaMirror mirror;

  MirroredConversations(EventGenerator generator, KafkaSettings settings, MeterRegistry meters) {
    this.generator = generator;
    this.mirror = new KafkaMirror(settings, this, meters);
  }

  /** Returns when they are in Kafka. */
  List<EventEnvelope> publish(int count) throws InterruptedException {
    List<EventEnvelope> events = next(count);
    mirror.publish(events.stream().map(MirroredConversations::encoded).toList());
    return events;
  }

  /** The same, but the last event of each conversation comes before those that precede it. */
  List<EventEnvelope> publishOutOfOrder(int count) throws InterruptedException {
    List<EventEnvelope> events = next(count);
    Map<String, EventEnvelope> lasts = new LinkedHashMap<>();
    events.forEach(event -> lasts.put(event.conversation(), event));
    List<EventEnvelope> order = new ArrayList<>(lasts.values());
    events.stream().filter(event -> !order.contains(event)).toList().forEach(order::add);
    mirror.publish(order.stream().map(MirroredConversations::encoded).toList());
    return events;
  }

  /** Whether all views have come to the end of all conversations. */
  boolean appliedBy(ViewReader views) {
    return Arrays.stream(View.values())
        .allMatch(
            view ->
                heads.entrySet().stream()
                    .allMatch(head -> views.applied(view, head.getKey()) == head.getValue()));
  }

  private List<EventEnvelope> next(int count) {
    List<EventEnvelope> events = generator.next(count);
    for (EventEnvelope event : events) {
      heads.put(event.conversation(), event.sequence());
      logs.computeIfAbsent(event.conversation(), c -> new CopyOnWriteArrayList<>())
          .add(encoded(event));
    }
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

  @Override
  public List<EncodedEvent> read(String conversation, long from, int limit) {
    List<EncodedEvent> all = logs.getOrDefault(conversation, List.of());
    return all.stream().skip(from).limit(limit).toList();
  }

  @Override
  public void close() {
    mirror.close();
  }
}
