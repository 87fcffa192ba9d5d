package io.confab.bench;

import io.confab.bench.StompClients.Listener;
import io.confab.bench.StompClients.Session;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * All members of some conversations, each with a session of its own and a subscription to the one
 * conversation. Messages are sent at an even pace, by a conversation's members in turn; what kind
 * of conversation comes next follows from the rates. One thread reads, one sends. What is refused
 * is counted and not sent again.
 */
final class ClusterLoad implements Listener {
  private static final int OPENING_AT_ONCE = 32;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final String REJECTIONS = "/user/queue/rejections";
  private static final String TEXT =
      " The build is green again, and the release notes are in the usual place; have a look.";

  private final StompClients clients = new StompClients(this);
  private final List<Kind> kinds = new ArrayList<>();
  private final List<Conversation> conversations = new ArrayList<>();
  private int subscribed;

  /** Conversations of one size, and what was measured in them since the last question. */
  private static final class Kind {
    final String name;
    final int rate;
    final List<Conversation> conversations = new ArrayList<>();
    final Histogram receipts = Round.histogram();
    final Histogram deliveries = Round.histogram();
    int turn;
    long refused;

    /** Written by the sender while it runs, as is what it caused: read when it has ended. */
    long sent;

    long expected;

    Kind(String name, int rate) {
      this.name = name;
      this.rate = rate;
    }
  }

  private static final class Conversation {
    final String id;
    final Kind kind;
    final List<Session> sessions = new ArrayList<>();
    int turn;

    Conversation(String id, Kind kind) {
      this.id = id;
      this.kind = kind;
    }
  }

  private ClusterLoad() throws IOException {}

  /**
   * The first question has {@code port} and {@code kinds}, of which each has {@code name}, {@code
   * rate} (messages/s) and {@code conversations} (each with {@code id} and its members' {@code
   * tokens}). All others have {@code seconds}: for so long messages are sent.
   */
  public static void main(String[] arguments) {
    @Nullable ClusterLoad[] load = new ClusterLoad[1];
    Child.serve(
        null,
        question -> {
          ClusterLoad present = load[0];
          if (present == null) {
            load[0] = new ClusterLoad();
            return load[0].connect(question);
          }
          return present.send(question.get("seconds").intValue());
        });
  }

  private ObjectNode connect(JsonNode target) throws IOException {
    int port = target.get("port").intValue();
    int opening = 0;
    for (JsonNode described : target.get("kinds")) {
      Kind kind = new Kind(described.get("name").stringValue(), described.get("rate").intValue());
      kinds.add(kind);
      for (JsonNode one : described.get("conversations")) {
        Conversation conversation = new Conversation(one.get("id").stringValue(), kind);
        kind.conversations.add(conversation);
        conversations.add(conversation);
        for (JsonNode token : one.get("tokens")) {
          conversation.sessions.add(
              clients.open(port, conversations.size() - 1, token.stringValue()));
          opening++;
          await(opening - OPENING_AT_ONCE + 1);
        }
      }
    }
    await(opening);
    return Child.JSON.createObjectNode().put("connected", subscribed);
  }

  private void await(int sessions) throws IOException {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (subscribed < sessions) {
      if (System.nanoTime() > end) {
        throw new IOException(subscribed + " of " + sessions + " sessions are subscribed");
      }
      clients.read(TimeUnit.SECONDS.toNanos(1));
    }
  }

  private ObjectNode send(int seconds) throws IOException, InterruptedException {
    for (Kind kind : kinds) {
      kind.sent = 0;
      kind.expected = 0;
      kind.refused = 0;
      kind.receipts.reset();
      kind.deliveries.reset();
    }
    long start = System.nanoTime();
    Thread sender = new Thread(() -> sendAll(start, seconds), "sender");
    sender.start();
    while (sender.isAlive()) {
      clients.read(TimeUnit.MILLISECONDS.toNanos(100));
    }
    sender.join();
    long sendingNanos = System.nanoTime() - start;
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (missing() > 0 && System.nanoTime() < end) {
      clients.read(TimeUnit.MILLISECONDS.toNanos(100));
    }
    ObjectNode answer = Child.JSON.createObjectNode();
    ArrayNode measured = answer.putArray("kinds");
    for (Kind kind : kinds) {
      ObjectNode item = measured.addObject().put("name", kind.name).put("refused", kind.refused);
      describe(item.putObject("receipts"), kind.receipts, kind.sent - kind.refused, sendingNanos);
      describe(item.putObject("deliveries"), kind.deliveries, kind.expected, sendingNanos);
    }
    return answer;
  }

  /** How many answers and deliveries have not come yet; of those that sending has caused. */
  private long missing() {
    long missing = 0;
    for (Kind kind : kinds) {
      missing += kind.sent - kind.refused - kind.receipts.getTotalCount();
      missing += kind.expected - kind.deliveries.getTotalCount();
    }
    return missing;
  }

  private static void describe(
      ObjectNode item, Histogram histogram, long expected, long sendingNanos) {
    item.put("p50", histogram.getValueAtPercentile(50) / 1e6);
    item.put("p95", histogram.getValueAtPercentile(95) / 1e6);
    item.put("p99", histogram.getValueAtPercentile(99) / 1e6);
    item.put("p999", histogram.getValueAtPercentile(99.9) / 1e6);
    item.put("max", histogram.getMaxValue() / 1e6);
    item.put("rate", expected / (sendingNanos / 1e9));
    item.put("lost", expected - histogram.getTotalCount());
  }

  /** Of a kind with a tenth of the messages every tenth is, not all at the end of a second. */
  private void sendAll(long start, int seconds) {
    int rate = kinds.stream().mapToInt(kind -> kind.rate).sum();
    long[] due = new long[kinds.size()];
    try {
      for (int i = 0; i < rate * seconds; i++) {
        long at = start + TimeUnit.SECONDS.toNanos(i) / rate;
        for (long wait = at - System.nanoTime(); wait > 0; wait = at - System.nanoTime()) {
          LockSupport.parkNanos(wait);
        }
        int next = 0;
        for (int kind = 0; kind < due.length; kind++) {
          due[kind] += kinds.get(kind).rate;
          next = due[kind] > due[next] ? kind : next;
        }
        due[next] -= rate;
        send(kinds.get(next));
      }
    } catch (IOException e) {
      throw new IllegalStateException("sender", e);
    }
  }

  private static void send(Kind kind) throws IOException {
    Conversation conversation = kind.conversations.get(kind.turn++ % kind.conversations.size());
    List<Session> sessions = conversation.sessions;
    Session session = sessions.get(conversation.turn++ % sessions.size());
    kind.expected += sessions.size();
    kind.sent++;
    String frame =
        "SEND\ndestination:/app/conversations/"
            + conversation.id
            + "/messages\ncontent-type:application/json\nreceipt:"
            + TimeMark.now()
            + "\n\n{\"body\":\""
            + TimeMark.now()
            + TEXT
            + "\"}\0";
    StompClients.send(session, frame.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void connected(Session session) throws IOException {
    StompClients.send(
        session,
        ("SUBSCRIBE\nid:sub-1\ndestination:" + REJECTIONS + "\n\n\0")
            .getBytes(StandardCharsets.UTF_8));
    String frame =
        "SUBSCRIBE\nid:sub-0\nreceipt:subscribed\ndestination:/topic/conversations/"
            + conversations.get(session.group).id
            + "\n\n\0";
    StompClients.send(session, frame.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void message(Session session, byte[] bytes, int start, int length) {
    if (new String(bytes, start, length, StandardCharsets.UTF_8).contains(REJECTIONS)) {
      kindOf(session).refused++;
    } else {
      record(kindOf(session).deliveries, TimeMark.find(bytes, start, length));
    }
  }

  @Override
  public void receipt(Session session, byte[] bytes, int start, int length) {
    long sent = TimeMark.find(bytes, start, length);
    if (sent < 0) {
      subscribed++;
    } else {
      record(kindOf(session).receipts, sent);
    }
  }

  private Kind kindOf(Session session) {
    return conversations.get(session.group).kind;
  }

  private static void record(Histogram histogram, long sent) {
    if (sent >= 0) {
      histogram.recordValue(Math.min(System.nanoTime() - sent, Round.HIGHEST_NANOS));
    }
  }
}
