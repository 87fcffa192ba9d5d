package io.confab.edge;

import io.confab.events.ConversationEvent;
import io.confab.events.ConversationEvent.ConversationStarted;
import io.confab.events.ConversationEvent.MembersAdded;
import io.confab.events.EncodedEvent;
import io.confab.events.EventJson;
import io.confab.events.EventType;
import io.confab.events.MalformedEventException;
import io.confab.events.Member;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Delivers live events. One thread takes all that has come in, adds each event's frame to every
 * session that is to have it, and then flushes each of those sessions once: the more comes in, the
 * fewer writes an event costs.
 *
 * <p>Runs from before the server accepts connections until after the last is closed, so that no
 * session misses what the feed brings.
 */
final class FanOut implements ConversationFeed.Listener, SmartLifecycle {
  /** Before the web server's phases, which are at most 2,048 below the default. */
  static final int PHASE = DEFAULT_PHASE - 4_096;

  private static final Logger LOG = LoggerFactory.getLogger(FanOut.class);
  private static final int WAITING_BATCHES = 1_024;
  private static final int DRAINED_BATCHES = 256;

  /**
   * After how many bytes of events the sessions are flushed, however many more wait: what is added
   * counts as waiting for a session, and one that keeps up must not look slow.
   */
  private static final int FLUSH_BYTES = 32 << 10;

  private final ConversationFeed feed;
  private final SubscriptionIndex index;
  private final EdgeMetrics metrics;
  private final BlockingQueue<Batch> waiting = new ArrayBlockingQueue<>(WAITING_BATCHES);
  private final List<Outbound> dirty = new ArrayList<>();
  private ConversationFeed.@Nullable Subscription subscription;
  private @Nullable Thread thread;

  private record Batch(List<EncodedEvent> events, long arrived) {}

  FanOut(ConversationFeed feed, SubscriptionIndex index, EdgeMetrics metrics) {
    this.feed = feed;
    this.index = index;
    this.metrics = metrics;
  }

  /** Waits where the fan-out is behind. */
  @Override
  public void onEvents(List<EncodedEvent> events) {
    try {
      waiting.put(new Batch(events, System.nanoTime()));
    } catch (InterruptedException e) {
      // Only a feed that is being stopped interrupts: what it had left is nobody's any more.
      Thread.currentThread().interrupt();
    }
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
    try {
      while (true) {
        batches.add(waiting.take());
        waiting.drainTo(batches, DRAINED_BATCHES);
        deliver(batches);
        batches.clear();
      }
    } catch (InterruptedException stopped) {
      LOG.debug("The fan-out has stopped");
    }
  }

  private void deliver(List<Batch> batches) {
    long bytes = 0;
    for (Batch batch : batches) {
      for (EncodedEvent event : batch.events()) {
        try {
          deliver(event);
        } catch (RuntimeException e) {
          // The cursors see a hole at the next event and read this one from the log.
          LOG.error("Could not deliver {}@{}", event.conversation(), event.sequence(), e);
        }
        bytes += event.envelope().length;
        if (bytes >= FLUSH_BYTES) {
          flush();
          bytes = 0;
        }
      }
    }
    flush();
    long now = System.nanoTime();
    batches.forEach(batch -> metrics.fannedOut(now - batch.arrived()));
  }

  private void flush() {
    for (Outbound outbound : dirty) {
      outbound.dirty = false;
      outbound.flush();
    }
    dirty.clear();
  }

  private void deliver(EncodedEvent event) {
    List<Cursor> joined = joined(event);
    Cursor[] cursors = index.cursors(event.conversation());
    if (cursors.length > 0) {
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

  /** Begins the delivery to the inboxes of those whom the event adds. */
  private List<Cursor> joined(EncodedEvent event) {
    EventType type = event.type();
    if (type != EventType.CONVERSATION_STARTED && type != EventType.MEMBERS_ADDED
        || !index.hasInboxes()) {
      return List.of();
    }
    List<Cursor> joined = new ArrayList<>();
    for (Member member : added(event)) {
      for (Inbox inbox : index.inboxes(member.user())) {
        Cursor cursor = inbox.joined(event.conversation(), event.sequence());
        if (cursor != null) {
          joined.add(cursor);
        }
      }
    }
    return joined;
  }

  /**
   * @throws MalformedEventException where a stored event is damaged
   */
  private static List<Member> added(EncodedEvent encoded) {
    ConversationEvent event = EventJson.read(encoded.envelope()).event();
    return encoded.type() == EventType.CONVERSATION_STARTED
        ? ((ConversationStarted) event).members()
        : ((MembersAdded) event).members();
  }
}
