package io.confab.edge;

import io.confab.events.EncodedEvent;
import io.confab.events.EventLog;
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
 * than one; so all pages take 48 MB at the very most. Safe for many threads; whoever asks for what
 * another is reading waits for it.
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

  /** Guarded by itself: the reading of conversations that share a slot takes turns. */
  private static final class Slot {
    String conversation = "";
    long from;
    long readNanos;
    @Nullable Page page;

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
   * @throws RuntimeException where the log cannot be read
   */
  Page read(String conversation, long from, long needed, long asOf) {
    Slot slot = slots[Math.floorMod(conversation.hashCode(), SLOTS)];
    synchronized (slot) {
      Page page = slot.page;
      if (page != null && slot.serves(conversation, from, needed, asOf)) {
        return page;
      }
      slot.page = null;
      long now = System.nanoTime();
      List<EncodedEvent> events = log.read(conversation, from, SIZE);
      page = page(events);
      if (events.stream().mapToLong(event -> event.envelope().length).sum() <= KEPT_BYTES) {
        slot.conversation = conversation;
        slot.from = from;
        slot.readNanos = now;
        slot.page = page;
      }
      return page;
    }
  }

  private static Page page(List<EncodedEvent> events) {
    return new Page(
        events.stream().map(event -> new SharedFrames(event, KEPT_FRAMES)).toList(),
        events.size() < SIZE);
  }
}
