package io.confab.bench;

import io.confab.bench.StompClients.Listener;
import io.confab.bench.StompClients.Session;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The subscribers of one topic and its one publisher, in a process of their own. One thread reads
 * all connections; of a MESSAGE it looks for the time of sending and at nothing else, so that it
 * costs a fraction of what it measures. Times are of the machine's monotonic clock.
 */
public final class LoadGenerator implements Listener {
  private static final int OPENING_AT_ONCE = 64;
  private static final long HIGHEST_MICROS = TimeUnit.MINUTES.toMicros(2);
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

  private static final int PUBLISHER = 0;
  private static final int SUBSCRIBER = 1;

  private final StompClients clients;
  private final Histogram latencies = new Histogram(HIGHEST_MICROS, 3);
  private long received;
  private int opened;
  private int subscribed;

  private final JsonNode target;
  private final Session publisher;

  private LoadGenerator(JsonNode target) throws IOException {
    this.target = target;
    this.clients = new StompClients(this);
    this.publisher = open(0);
  }

  /**
   * Questions: {@code connect} with {@code port}, {@code subscribers}, {@code topic}, {@code
   * tokens} (may be empty) and of what is published {@code destination}, {@code headers} and the
   * body's {@code prefix} and {@code suffix}; {@code publish} with {@code messages}, {@code burst}
   * (how many at once) and {@code pauseMillis} between two bursts.
   */
  public static void main(String[] arguments) {
    LoadGenerator[] generator = new LoadGenerator[1];
    Child.serve(
        null,
        question -> {
          if (question.get("do").stringValue().equals("connect")) {
            generator[0] = new LoadGenerator(question);
            return generator[0].connect();
          }
          return generator[0].publish(
              question.get("messages").intValue(),
              question.get("burst").intValue(),
              question.get("pauseMillis").intValue());
        });
  }

  private ObjectNode connect() throws IOException {
    int subscribers = target.get("subscribers").intValue();
    int opening = 1;
    while (opened <= subscribers) {
      while (opening <= subscribers && opening - opened < OPENING_AT_ONCE) {
        var unused = open(opening++);
      }
      clients.read(PATIENCE_NANOS);
    }
    awaitAllSubscribed(subscribers);
    return Child.JSON.createObjectNode().put("connected", subscribed);
  }

  /** The publisher is the first. */
  private Session open(int number) throws IOException {
    JsonNode tokens = target.get("tokens");
    return clients.open(
        target.get("port").intValue(),
        number == 0 ? PUBLISHER : SUBSCRIBER,
        tokens.isEmpty() ? null : tokens.get(number).stringValue());
  }

  /** Not every broker answers a SUBSCRIBE, so a message that reaches all shows that all are in. */
  private void awaitAllSubscribed(int subscribers) throws IOException {
    long end = System.nanoTime() + PATIENCE_NANOS;
    do {
      received = 0;
      StompClients.send(publisher, message());
      long pause = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
      while (received < subscribers && System.nanoTime() < pause) {
        clients.read(pause - System.nanoTime());
      }
    } while (received < subscribers && System.nanoTime() < end);
    if (received < subscribers) {
      throw new IOException(received + " of " + subscribers + " subscribers got a message");
    }
    long quiet = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
    while (System.nanoTime() < quiet) {
      clients.read(quiet - System.nanoTime());
    }
  }

  private ObjectNode publish(int messages, int burst, int pauseMillis)
      throws IOException, InterruptedException {
    received = 0;
    latencies.reset();
    long expected = (long) messages * subscribed;
    ProcessHandle self = ProcessHandle.current();
    long cpu = Child.cpu(self).toNanos();
    long start = System.nanoTime();
    Thread sender = new Thread(() -> publishInto(messages, burst, pauseMillis), "publisher");
    sender.start();
    long end = start + TimeUnit.MILLISECONDS.toNanos((long) messages / burst * pauseMillis);
    while (received < expected && System.nanoTime() < end + PATIENCE_NANOS) {
      clients.read(TimeUnit.SECONDS.toNanos(1));
    }
    long nanos = System.nanoTime() - start;
    sender.join();
    ObjectNode answer = Child.JSON.createObjectNode();
    answer.put("deliveries", received);
    answer.put("lost", expected - received);
    answer.put("seconds", nanos / 1e9);
    answer.put("clientCpuNanos", Child.cpu(self).toNanos() - cpu);
    answer.put("p50", latencies.getValueAtPercentile(50) / 1e3);
    answer.put("p99", latencies.getValueAtPercentile(99) / 1e3);
    answer.put("p999", latencies.getValueAtPercentile(99.9) / 1e3);
    return answer;
  }

  private void publishInto(int messages, int burst, int pauseMillis) {
    long next = System.nanoTime();
    try {
      for (int sent = 0; sent < messages; sent++) {
        if (sent > 0 && sent % burst == 0) {
          next += TimeUnit.MILLISECONDS.toNanos(pauseMillis);
          for (long wait = next - System.nanoTime(); wait > 0; wait = next - System.nanoTime()) {
            LockSupport.parkNanos(wait);
          }
        }
        StompClients.send(publisher, message());
      }
    } catch (IOException e) {
      throw new IllegalStateException("publisher", e);
    }
  }

  private byte[] message() {
    StringBuilder frame = new StringBuilder("SEND\ndestination:");
    frame.append(target.get("destination").stringValue()).append('\n');
    for (JsonNode header : target.get("headers")) {
      frame.append(header.stringValue()).append('\n');
    }
    frame.append('\n').append(target.get("prefix").stringValue());
    frame.append(TimeMark.now());
    frame.append(target.get("suffix").stringValue()).append('\0');
    return frame.toString().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void connected(Session session) throws IOException {
    opened++;
    if (session.group == SUBSCRIBER) {
      subscribed++;
      StompClients.send(
          session,
          ("SUBSCRIBE\nid:sub-0\ndestination:" + target.get("topic").stringValue() + "\n\n\0")
              .getBytes(StandardCharsets.UTF_8));
    }
  }

  @Override
  public void message(Session session, byte[] bytes, int start, int length) {
    long sent = TimeMark.find(bytes, start, length);
    if (sent >= 0) {
      received++;
      long micros = (System.nanoTime() - sent) / 1000;
      latencies.recordValue(Math.max(0, Math.min(micros, HIGHEST_MICROS)));
    }
  }

  @Override
  public void receipt(Session session, byte[] bytes, int start, int length) {}
}
