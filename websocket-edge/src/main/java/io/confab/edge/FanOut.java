package io.confab.edge;

import io.confab.events.EncodedEvent;
import io.confab.events.EventType;
import io.confab.events.MemberChanges;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Delivers live events. One thread takes all that has come in, adds each event's frame to every
 * session that is to have it, and then flushes each of those sessions once: the more comes in, the
 * fewer writes an event costs. What {@link HotConversations} keeps comes a little later, and in its
 * order like all else.
 *
 * <p>Runs from before the server accepts connections until after the last is closed, so that no
 * session misses what the feed brings.
 */
final class FanOut implements ConversationFeed.Listener, SmartLifecycle {
  /** Before the web server's phases, which are at most 2,048 below the default. */
  static final int PHASE = DEFAULT_PHASE - 4_096;

  private static final Logger LOG = LoggerFactory.getLogger(FanOut.class);

  /** What may wait and be delivered at a time, in bytes; the feed waits before it brings more. */
  private static final int WAITING_BYTES = 16 << 20;

  /** What a waiting event costs beside its envelope's bytes, roughly. */
  private static final int EVENT_OVERHEAD = 256;

  /**
   * After how many bytes of events the sessions are flushed, however many more wait: what is added
   * counts as waiting for a session, and one that keeps up must not look slow.
   */
  private static final int FLUSH_BYTES = 32 << 10;

  private final ConversationFeed feed;
  private final SubscriptionIndex index;
  private final EdgeMetrics metrics;
  private final HotConversations hot;
  private final BlockingQueue<Batch> waiting = new LinkedBlockingQueue<>();
  private final Semaphore room = new Semaphore(WAITING_BYTES);
  private final List<Outbound> dirty = new ArrayList<>();

  /** How many sessions each conversation was delivered to since the last flush of all. */
  private final Map<String, Integer> sessions = new HashMap<>();

  private long unflushedBytes;
  private ConversationFeed.@Nullable Subscription subscription;
  private @Nullable Thread thread;

  private record Delivered(EncodedEvent first, long arrived) {}

  private record Batch(List<EncodedEvent> events, int bytes, long arrived) {
    static Batch of(List<EncodedEvent> events) {
      long bytes = 0;
      for (EncodedEvent event : events) {
        bytes += event.envelope().length + EVENT_OVERHEAD;
      }
      return new Batch(events, (int) Math.min(bytes, WAITING_BYTES), System.nanoTime());
    }
  }

  FanOut(
      ConversationFeed feed, SubscriptionIndex index, EdgeMetrics metrics, HotConversations hot) {
    this.feed = feed;
    this.index = index;
    this.metrics = metrics;
    this.hot = hot;
  }

  /** Waits where the fan-out is behind. */
  @Override
  public void onEvents(List<EncodedEvent> events) {
    if (events.isEmpty()) {
      return;
    }
    Batch batch = Batch.of(events);
    try {
      room.acquire(batch.bytes());
      waiting.add(batch);
    } catch (InterruptedException e) {
      // Only a feed that is being stopped interrupts: what it had left is nobody's any more.
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void onHead(String conversation, long head) {
    for (Cursor cursor : index.cursors(conversation)) {
      cursor.missed(head);
    }
    // The feed may have left out a removal.
    index.typing(conversation).forEach(TypingSubscription::doubt);
  }

  @Override
  public void onMembers(EncodedEvent event) {
    List<Cursor> joined = joined(event);
    endTyping(event);
    joined.forEach(Cursor::check);
  }

  @Override
  public void onDoubt(String user) {
    index.inboxes(user).forEach(Inbox::lookAgain);
  }

  @Override
  public synchronized void start() {
    Thread started = new Thread(this::run, "edge-fan-out");
    started.setDaemon(true);
    started.start();
    thread = started;
    subscription = feed.subscribe(this);
  }

  @Override
  public synchronized void stop() {
    if (subscription != null && thread != null) {
      subscription.close();
      thread.interrupt();
      subscription = null;
      thread = null;
    }
  }

  @Override
  public synchronized boolean isRunning() {
    return thread != null;
  }

  @Override
  public int getPhase() {
    return PHASE;
  }

  private void run() {
    List<Batch> batches = new ArrayList<>();
    Throwable failure = null;
    while (true) {
      try {
        if (failure != null) {
          giveUp(failure);
          failure = null;
        }
        Batch first = waiting.poll(hot.nanosToNext(System.nanoTime()), TimeUnit.NANOSECONDS);
        if (first != null) {
          batches.add(first);
          waiting.drainTo(batches);
        }
        deliver(batches);
      } catch (InterruptedException stopped) {
        LOG.debug("The fan-out has stopped");
        return;
      } catch (Throwable e) {
        failure = e;
      } finally {
        batches.forEach(batch -> room.release(batch.bytes()));
        batches.clear();
      }
    }
  }

  /** Nobody knows who was given what: whoever listens is told so, and resumes. */
  private void giveUp(Throwable failure) {
    LOG.error("The fan-out failed and ends every session that listens", failure);
    dirty.forEach(outbound -> outbound.dirty = false);
    dirty.clear();
    hot.clear();
    sessions.clear();
    index.failAll();
  }

  private void deliver(List<Batch> batches) {
    long began = System.nanoTime();
    List<Delivered> delivered = new ArrayList<>();
    for (Batch batch : batches) {
      EncodedEvent first = null;
      for (EncodedEvent event : batch.events()) {
        if (!hot.keeps(event, batch.arrived(), began)) {
          deliverOrRepair(event);
          first = first == null ? event : first;
        }
      }
      if (first != null) {
        delivered.add(new Delivered(first, batch.arrived()));
      }
    }
    for (HotConversations.Kept kept; (kept = hot.due(began)) != null; ) {
      if (!kept.events().isEmpty()) {
        kept.events().forEach(this::deliverOrRepair);
        delivered.add(new Delivered(kept.events().get(0), kept.arrived()));
      }
    }
    flush();
    long now = System.nanoTime();
    sessions.forEach((conversation, count) -> hot.delivered(conversation, count, now));
    sessions.clear();
    delivered.forEach(each -> metrics.fannedOut(now - each.arrived(), each.first()));
  }

  private void deliverOrRepair(EncodedEvent event) {
    try {
      deliver(event);
    } catch (RuntimeException e) {
      LOG.error("Could not deliver {}@{}", event.conversation(), event.sequence(), e);
      repair(event);
    }
    unflushedBytes += event.envelope().length;
    if (unflushedBytes >= FLUSH_BYTES) {
      flush();
    }
  }

  private void flush() {
    for (Outbound outbound : dirty) {
      outbound.dirty = false;
      try {
        outbound.flush();
      } catch (RuntimeException e) {
        LOG.error("Could not write to a session, which is aborted", e);
      }
    }
    dirty.clear();
    unflushedBytes = 0;
  }

  /** Whoever was not given the event reads it from the log. */
  private void repair(EncodedEvent event) {
    for (Cursor cursor : index.cursors(event.conversation())) {
      cursor.missed(event.sequence());
    }
    if (event.type() == EventType.MEMBER_REMOVED) {
      index.typing(event.conversation()).forEach(TypingSubscription::doubt);
    }
    if (MemberChanges.adds(event.type())) {
      // Whom it adds may not be known: inboxes ask for their conversations when they begin again.
      index.failInboxes();
    }
  }

  private void deliver(EncodedEvent event) {
    List<Cursor> joined = joined(event);
    endTyping(event);
    Cursor[] cursors = index.cursors(event.conversation());
    if (cursors.length > 0) {
      sessions.put(event.conversation(), cursors.length);
      SharedFrames frames = new SharedFrames(event);
      String removed = Cursor.removedBy(event);
      for (Cursor cursor : cursors) {
        Outbound outbound = cursor.outbound();
        if (cursor.offer(event, frames, removed) && !outbound.dirty) {
          outbound.dirty = true;
          dirty.add(outbound);
        }
      }
    }
    joined.forEach(Cursor::check);
  }

  /** Whom the event removes sees no more who is typing. */
  private void endTyping(EncodedEvent event) {
    if (event.type() != EventType.MEMBER_REMOVED) {
      return;
    }
    Set<TypingSubscription> subscriptions = index.typing(event.conversation());
    String removed = subscriptions.isEmpty() ? null : Cursor.removedBy(event);
    if (removed != null) {
      subscriptions.forEach(subscription -> subscription.removed(removed));
    }
  }

  /** Begins the delivery to the inboxes of those whom the event adds. */
  private List<Cursor> joined(EncodedEvent event) {
    if (!MemberChanges.adds(event.type()) || !index.hasInboxes()) {
      return List.of();
    }
    List<Cursor> joined = new ArrayList<>();
    for (String user : MemberChanges.users(event)) {
      for (Inbox inbox : index.inboxes(user)) {
        Cursor cursor = inbox.joined(event.conversation(), event.sequence());
        if (cursor != null) {
          joined.add(cursor);
        }
      }
    }
    return joined;
  }
}
