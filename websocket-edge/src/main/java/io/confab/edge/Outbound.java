package io.confab.edge;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What waits to be written to one session, in order. Bounded in bytes: a session that does not keep
 * up is closed, and never makes anybody wait.
 *
 * <p>Frames are added first and flushed later, so that many go with one write; one write is under
 * way at a time. Safe for use by many threads.
 */
final class Outbound {
  /** The close code of a session that was too slow. */
  static final int TOO_SLOW = 4008;

  /**
   * How long a close may take at least before the connection is cut: a client that reads again by
   * then learns why. Little is kept for it, as what waited is dropped.
   */
  private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(60);

  /** What one write takes at most, unless one frame is longer. */
  private static final int WRITE_BYTES = 128 << 10;

  /** What a waiting frame costs beside its bytes, roughly. */
  private static final int FRAME_OVERHEAD = 64;

  private final Socket socket;
  private final Executor executor;
  private final long limit;
  private final long writeTimeoutNanos;
  private final AtomicBoolean flushPlanned = new AtomicBoolean();

  private final Object lock = new Object();
  private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
  private final List<Runnable> onDrained = new ArrayList<>();
  private long pendingBytes;
  private boolean writing;
  private boolean closing;
  private boolean closeSent;
  private int closeCode;
  private String closeReason = "";
  private long since = System.nanoTime();

  /** Touched by the fan-out thread alone: whether it has to flush this. */
  boolean dirty;

  /**
   * @param executor runs planned flushes, closes and the tasks that wait for room
   */
  Outbound(Socket socket, Executor executor, EdgeSettings settings) {
    this.socket = socket;
    this.executor = executor;
    this.limit = settings.outboundLimit().toBytes();
    this.writeTimeoutNanos = settings.writeTimeout().toNanos();
  }

  /**
   * Adds a frame; where it does not fit, closes the session as too slow. Some frames always fit,
   * however long: one counts for a quarter of the bound at most, because the few that are longer
   * (changes of very many members) are shared by the sessions they go to.
   *
   * @return whether it was taken
   */
  boolean add(byte[] frame) {
    synchronized (lock) {
      if (closing) {
        return false;
      }
      if (pendingBytes + size(frame) <= limit) {
        enqueue(frame);
        return true;
      }
    }
    close(TOO_SLOW, "slow-consumer: more than " + limit + " bytes waited", false);
    return false;
  }

  /**
   * Adds a frame where at most half of the bound is in use; for what can be read again later.
   *
   * @return whether it was taken; if not, {@link #whenDrained} tells when to try again
   */
  boolean addIfRoom(byte[] frame) {
    synchronized (lock) {
      if (closing || pendingBytes > limit / 2) {
        return false;
      }
      enqueue(frame);
      return true;
    }
  }

  /** Runs {@code task} on the executor once at most a quarter of the bound is in use, or never. */
  void whenDrained(Runnable task) {
    synchronized (lock) {
      if (closing) {
        return;
      }
      if (pendingBytes > limit / 4) {
        onDrained.add(task);
        return;
      }
    }
    executor.execute(task);
  }

  /** Writes what waits, on this thread; returns at once where a write is under way. */
  void flush() {
    while (true) {
      Write write;
      synchronized (lock) {
        if (writing || closeSent) {
          return;
        }
        if (waiting.isEmpty()) {
          if (!closing) {
            return;
          }
          closeSent = true;
          since = System.nanoTime();
          write = null;
        } else {
          write = next();
        }
      }
      if (write == null) {
        socket.close(closeCode, closeReason);
        return;
      }
      boolean written;
      try {
        written = socket.write(write.frames, write);
      } catch (Throwable e) {
        // What was written is in doubt, and nothing may follow it.
        socket.abort();
        throw e;
      }
      if (written) {
        write.over();
      } else if (!write.finishedMeanwhile()) {
        return;
      }
    }
  }

  /** Writes what waits on another thread, soon; many calls make one write. */
  void flushSoon() {
    if (flushPlanned.compareAndSet(false, true)) {
      executor.execute(
          () -> {
            flushPlanned.set(false);
            flush();
          });
    }
  }

  /**
   * Takes nothing more and closes the session.
   *
   * @param drain whether what waits is written before
   */
  void close(int code, String reason, boolean drain) {
    boolean now;
    synchronized (lock) {
      if (closing) {
        return;
      }
      closing = true;
      closeCode = code;
      closeReason = reason;
      onDrained.clear();
      if (!drain) {
        waiting.clear();
      }
      // Behind a write that is under way: between its bytes, nobody could read the close.
      now = !drain && !writing;
      if (now) {
        closeSent = true;
        since = System.nanoTime();
      }
    }
    if (now) {
      // Not on the caller's thread, which may be delivering to others.
      executor.execute(() -> socket.close(code, reason));
    } else {
      flushSoon();
    }
  }

  /** The connection is gone: drops what waits. */
  void closed(int code) {
    synchronized (lock) {
      if (!closing) {
        closing = true;
        closeCode = code;
      }
      closeSent = true;
      waiting.clear();
      onDrained.clear();
    }
  }

  /** The code with which the session was closed; that of this side where both did. */
  int closeCode() {
    synchronized (lock) {
      return closeCode;
    }
  }

  /**
   * Closes where a write has taken longer than the write timeout, and aborts where a close has
   * taken longer than 60 s (or the write timeout, where that is longer).
   */
  void checkTimeouts(long nanoTime) {
    boolean abort;
    synchronized (lock) {
      abort = closing;
      long timeout = abort ? Math.max(CLOSE_NANOS, writeTimeoutNanos) : writeTimeoutNanos;
      if (!(writing || closeSent) || nanoTime - since < timeout) {
        return;
      }
    }
    if (abort) {
      socket.abort();
    } else {
      String timeout = writeTimeoutNanos / 1_000_000 + " ms";
      close(TOO_SLOW, "slow-consumer: a write took more than " + timeout, false);
    }
  }

  /** Adds a heart-beat where nothing was written for so long. */
  void heartBeat(long nanoTime, long intervalNanos) {
    synchronized (lock) {
      if (closing || writing || !waiting.isEmpty() || nanoTime - since < intervalNanos) {
        return;
      }
      enqueue(StompFrames.heartBeat());
    }
    flush();
  }

  private void enqueue(byte[] frame) {
    waiting.add(frame);
    pendingBytes += size(frame);
  }

  private Write next() {
    Write write = new Write();
    byte[] frame = waiting.peek();
    while (frame != null && (write.bytes == 0 || write.bytes + size(frame) <= WRITE_BYTES)) {
      write.frames.add(frame);
      write.bytes += size(frame);
      waiting.poll();
      frame = waiting.peek();
    }
    writing = true;
    since = System.nanoTime();
    return write;
  }

  private long size(byte[] frame) {
    return Math.min(frame.length + FRAME_OVERHEAD, limit / 4);
  }

  /** One write, and what is done when it ends later than it returned. */
  private final class Write implements Runnable {
    private static final int STARTED = 0;
    private static final int RETURNED = 1;
    private static final int FINISHED = 2;

    private final List<byte[]> frames = new ArrayList<>();
    private final AtomicInteger state = new AtomicInteger(STARTED);
    private long bytes;

    @Override
    public void run() {
      over();
      if (!state.compareAndSet(STARTED, FINISHED)) {
        flush();
      }
    }

    void over() {
      List<Runnable> drained = List.of();
      synchronized (lock) {
        writing = false;
        pendingBytes -= bytes;
        if (pendingBytes <= limit / 4 && !onDrained.isEmpty()) {
          drained = List.copyOf(onDrained);
          onDrained.clear();
        }
      }
      drained.forEach(executor::execute);
    }

    /** Whether the write was over before it returned, so that its starter goes on. */
    boolean finishedMeanwhile() {
      return !state.compareAndSet(STARTED, RETURNED);
    }
  }
}
