package io.confab.edge;

import io.confab.events.EncodedEvent;
import io.confab.events.EventLog;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Pages of the log for cursors that catch up. Where all sessions of a large conversation have
 * missed something, they are at one place: the page is read once and its frames are built once,
 * however many they are. Without that, the reading of thousands takes longer than what they miss
 * meanwhile, and none would ever catch up.
 *
 * <p>The last page of each of up to {@value #SLOTS} conversations is kept, where its envelopes have
 * {@value #KEPT_BYTES} bytes at most, with up to {@value #KEPT_FRAMES} frames more of each event
 * than one; so all pages take 48 MB at the very most. Safe for many threads, none of which waits
 * for what another reads: it is told when to ask again.
 */
final class LogPages {
  /** Events of a page. */
  static final int SIZE = 64;

  private static final int SLOTS = 64;
  private static final int KEPT_BYTES = 128 << 10;

  /** A page may stay for long, and sessions with other ids come and go. */
  private static final int KEPT_FRAMES = 4;

  private final EventLog log;
  private final Slot[] slots = new Slot[SLOTS];

  /** Consecutive events, and whether the log had no more when they were read. */
  record Page(List<SharedFrames> frames, boolean end) {}

  /** Guarded by itself, but for the reading: conversations that share a slot take turns at that. */
  private static final class Slot {
    String conversation = "";
    long from;
    long readNanos;
    @Nullable Page page;
    boolean reading;
    List<Runnable> waiting = new ArrayList<>();

    /**
     * @param needed the sequence up to which there are events, as far as is known
     * @param asOf when the log may have had more than that, in {@link System#nanoTime}
     */
    boolean serves(String conversation, long from, long needed, long asOf) {
      if (page == null || !this.conversation.equals(conversation) || from < this.from) {
        return false;
      }
      long next = this.from + page.frames.size();
      return page.end
          ? from <= next && needed < next && readNanos - asOf >= 0
          : from < next; // events never change, and which comes next is asked then
    }
  }

  LogPages(EventLog log) {
    this.log = log;
    for (int i = 0; i < SLOTS; i++) {
      slots[i] = new Slot();
    }
  }

  /**
   * The events behind {@code from - 1}, perhaps after some that are before it: a page or less. What
   * the log had at {@code asOf} is among them, and what is offered up to {@code needed}, or {@link
   * Page#end} is false; a page that was just read may lack the latter even so.
   *
   * @param asOf in {@link System#nanoTime}
   * @param again is run once it is time to ask again, where null is returned
   * @return null where another thread is reading for this conversation, or for one with which it
   *     shares its place
   * @throws RuntimeException where the log cannot be read
   */
  @Nullable Page read(String conversation, long from, long needed, long asOf, Runnable again) {
    Slot slot = slots[Math.floorMod(conversation.hashCode(), SLOTS)];
    synchronized (slot) {
      if (slot.serves(conversation, from, needed, asOf)) {
        return slot.page;
      }
      if (slot.reading) {
        slot.waiting.add(again);
        return null;
      }
      slot.reading = true;
    }
    List<Runnable> waiting;
    try {
      return read(slot, conversation, from);
    } finally {
      synchronized (slot) {
        slot.reading = false;
        waiting = slot.waiting;
        slot.waiting = new ArrayList<>();
      }
      waiting.forEach(Runnable::run);
    }
  }

  private Page read(Slot slot, String conversation, long from) {
    long now = System.nanoTime();
    List<EncodedEvent> events = log.read(conversation, from, SIZE);
    Page page = page(events);
    boolean kept = events.stream().mapToLong(event -> event.envelope().length).sum() <= KEPT_BYTES;
    synchronized (slot) {
      slot.conversation = conversation;
      slot.from = from;
      slot.readNanos = now;
      slot.page = kept ? page : null;
    }
    return page;
  }

  private static Page page(List<EncodedEvent> events) {
    return new Page(
        events.stream().map(event -> new SharedFrames(event, KEPT_FRAMES)).toList(),
        events.size() < SIZE);
  }
}
