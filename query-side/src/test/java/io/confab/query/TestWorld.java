package io.confab.query;

import io.confab.events.ConversationEvent;
import io.confab.events.ConversationEvent.ConversationStarted;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.ConversationEvent.ReplySent;
import io.confab.events.EncodedEvent;
import io.confab.events.EventEnvelope;
import io.confab.events.EventJson;
import io.confab.events.EventLog;
import io.confab.events.Kind;
import io.confab.events.Member;
import io.confab.events.MessageContent;
import io.confab.events.Role;
import io.confab.views.RocksDbViewStore;
import io.confab.views.ViewReader.View;
import io.confab.views.ViewStore;
import io.confab.views.ViewStoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.springframework.util.FileSystemUtils;

/**
 * A log in memory and its views in RocksDB. Views follow the log at once, unless held back. Times
 * start at {@link #START} and go on by a second with each event.
 */
final class TestWorld implements EventLog, InboxFreshness, EventReplay, AutoCloseable {
  static final Instant START = Instant.parse("2026-11-24T09:00:00Z");

  private final List<EventEnvelope> log = new ArrayList<>();
  private final Path directory;
  private final ViewStore store;
  private final ViewStore views;
  private @Nullable Runnable behindTheHead;
  private CountDownLatch waiting = new CountDownLatch(1);
  private int applied;
  private boolean held;
  boolean viewsFail;
  private int longestEventRead;

  TestWorld() {
    try {
      directory = Files.createTempDirectory("confab-query");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    store = RocksDbViewStore.open(directory, 1 << 20);
    views =
        (ViewStore)
            Proxy.newProxyInstance(
                ViewStore.class.getClassLoader(),
                new Class<?>[] {ViewStore.class},
                (proxy, method, arguments) -> {
                  if (viewsFail) {
                    throw new ViewStoreException("no answer", null);
                  }
                  if (method.getName().equals("awaitApplied")
                      && !((Duration) arguments[3]).isZero()
                      && store.applied((View) arguments[0], (String) arguments[1])
                          < (long) arguments[2]) {
                    waiting().countDown();
                  }
                  if (method.getName().equals("awaitApplied") && behindTheHead != null) {
                    Runnable once = behindTheHead;
                    behindTheHead = null;
                    once.run();
                  }
                  try {
                    return method.invoke(store, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
  }

  ViewStore views() {
    return views;
  }

  /** Happens in the next query, behind its look at the log's head. */
  void behindTheHead(Runnable action) {
    behindTheHead = action;
  }

  /** Counted down when a query waits for what a view has not applied. */
  synchronized CountDownLatch waiting() {
    return waiting;
  }

  /** The next query that waits counts down a latch of its own. */
  synchronized void watchForWaiting() {
    waiting = new CountDownLatch(1);
  }

  @Override
  public void close() {
    store.close();
    FileSystemUtils.deleteRecursively(directory.toFile());
  }

  // Writing

  long start(String conversation, Kind kind, @Nullable String title, String... members) {
    List<Member> list = new ArrayList<>();
    for (String member : members) {
      list.add(new Member(member, list.isEmpty() ? Role.OWNER : Role.MEMBER));
    }
    return append(conversation, members[0], new ConversationStarted(kind, title, list));
  }

  synchronized long send(String conversation, String by, String body) {
    long ordinal =
        events(conversation).stream().filter(e -> e.event() instanceof MessageSent).count() + 1;
    return append(conversation, by, new MessageSent(ordinal, MessageContent.of(body)));
  }

  long reply(String conversation, String by, long root, String body) {
    return append(conversation, by, new ReplySent(root, MessageContent.of(body)));
  }

  synchronized long append(String conversation, String by, ConversationEvent event) {
    EventEnvelope envelope =
        new EventEnvelope(
            conversation, head(conversation) + 1, START.plusSeconds(log.size()), by, event);
    log.add(envelope);
    if (!held) {
      catchUp();
    }
    return envelope.sequence();
  }

  /** From here on the views stay where they are. */
  synchronized void hold() {
    held = true;
  }

  synchronized void release() {
    held = false;
    catchUp();
  }

  private void catchUp() {
    List<EventEnvelope> events = List.copyOf(log.subList(applied, log.size()));
    for (View view : View.values()) {
      store.live(view).apply(events, log.size() - 1);
    }
    applied = log.size();
  }

  private List<EventEnvelope> events(String conversation) {
    return log.stream().filter(e -> e.conversation().equals(conversation)).toList();
  }

  // Reading

  @Override
  public synchronized long head(String conversation) {
    return events(conversation).size() - 1;
  }

  @Override
  public synchronized List<EncodedEvent> read(String conversation, long from, int limit) {
    List<EncodedEvent> read =
        events(conversation).stream().skip(from).limit(limit).map(TestWorld::encoded).toList();
    longestEventRead = Math.max(longestEventRead, read.size());
    return read;
  }

  /** The greatest number of events that were asked of the log at once. */
  synchronized int longestEventRead() {
    return longestEventRead;
  }

  private static EncodedEvent encoded(EventEnvelope e) {
    return new EncodedEvent(e.conversation(), e.sequence(), e.type(), EventJson.write(e));
  }

  @Override
  public Replay open(@Nullable Instant since, @Nullable Instant until) {
    List<EventEnvelope> events;
    synchronized (this) {
      events = List.copyOf(log);
    }
    var iterator =
        events.stream()
            .filter(e -> since == null || !e.at().isBefore(since))
            .filter(e -> until == null || e.at().isBefore(until))
            .iterator();
    return new Replay() {
      @Override
      public @Nullable EncodedEvent next() {
        return iterator.hasNext() ? encoded(iterator.next()) : null;
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public boolean awaitCurrent(Duration timeout) throws InterruptedException {
    long head;
    synchronized (this) {
      head = log.size() - 1;
    }
    return store.awaitPosition(View.CONVERSATIONS, head, timeout);
  }
}
