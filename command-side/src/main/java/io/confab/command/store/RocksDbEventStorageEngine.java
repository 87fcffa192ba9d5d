package io.confab.command.store;

import io.confab.command.store.EventDatabase.Append;
import io.confab.command.store.RecentEvents.Entry;
import io.confab.events.EncodedEvent;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.eventhandling.GlobalSequenceTrackingToken;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.axonframework.eventhandling.TrackingToken;
import org.axonframework.eventhandling.WrappedToken;
import org.axonframework.eventsourcing.eventstore.DomainEventStream;
import org.axonframework.serialization.Serializer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/**
 * The event store in one directory, for one process. Appends of many callers share synced writes,
 * and every event has an index in the log of all conversations: from 0, without gaps, in the order
 * in which events became durable.
 *
 * <p>Sequences are checked: an aggregate's events are numbered without holes, from 0 on, whoever
 * writes. While the disk is full or fails, appends are refused with {@code unavailable}, what was
 * durable can be read, and the store opens itself for writing again as soon as that works.
 *
 * <p>Readers see only what is durable. All methods are safe for use by many threads. Futures
 * complete, and listeners are called, on the thread that writes, so what hangs on them must not
 * block.
 */
public final class RocksDbEventStorageEngine
    implements DurableEventStorageEngine, DurableLog, MessageLog, AutoCloseable {

  /** How many events a stream reads ahead. */
  private static final int CHUNK = 256;

  private final DirectoryLock directoryLock;
  private final EventDatabase database;
  private final Committer committer;
  private final Serializer serializer;

  private RocksDbEventStorageEngine(
      DirectoryLock directoryLock,
      EventDatabase database,
      Committer committer,
      Serializer serializer) {
    this.directoryLock = directoryLock;
    this.database = database;
    this.committer = committer;
    this.serializer = serializer;
  }

  /** As {@link #open(Path, Serializer, StoreSettings, MeterRegistry)}, without metrics. */
  public static RocksDbEventStorageEngine open(
      Path directory, Serializer serializer, StoreSettings settings) {
    return open(directory, serializer, settings, new CompositeMeterRegistry());
  }

  /**
   * Opens the store in that directory, and creates it where there is none.
   *
   * @param serializer for payloads, snapshots and metadata; an {@link EnvelopeSerializer} where
   *     {@link #read} and {@link #readLog} are to be used
   * @throws StoreOpenException where another instance has the directory open, or it cannot be
   *     written to, or what it holds cannot be read
   */
  public static RocksDbEventStorageEngine open(
      Path directory, Serializer serializer, StoreSettings settings, MeterRegistry meters) {
    return open(
        directory,
        serializer,
        settings,
        meters,
        new EventDatabase(directory, settings.blockCache().toBytes()));
  }

  static RocksDbEventStorageEngine open(
      Path directory,
      Serializer serializer,
      StoreSettings settings,
      MeterRegistry meters,
      EventDatabase database) {
    DirectoryLock directoryLock = null;
    boolean opened = false;
    try {
      directoryLock = DirectoryLock.take(directory);
      database.open();
      Committer committer = new Committer(database, settings, meters);
      committer.start();
      opened = true;
      return new RocksDbEventStorageEngine(directoryLock, database, committer, serializer);
    } catch (RocksDBException e) {
      throw new StoreOpenException(
          "The event store in "
              + directory.toAbsolutePath()
              + " cannot be opened ("
              + e.getMessage()
              + "): see to the disk, or restore the directory from a backup.",
          e);
    } finally {
      if (!opened) {
        database.close();
        if (directoryLock != null) {
          directoryLock.close();
        }
      }
    }
  }

  /** Writes what waits, and closes. Later calls are refused with {@code unavailable}. */
  @Override
  public void close() {
    committer.close();
    database.close();
    directoryLock.close();
  }

  /** Whether appends are taken at the moment. */
  public boolean writable() {
    return committer.writable();
  }

  // Appending

  @Override
  public long epoch() {
    return committer.epoch();
  }

  @Override
  public CompletableFuture<Void> enqueue(List<? extends DomainEventMessage<?>> events, long epoch) {
    Batches.requireConsecutive(events);
    return committer.enqueue(encode(events), false, epoch);
  }

  @Override
  public boolean accepting() {
    return committer.accepting();
  }

  @Override
  public CompletableFuture<Void> barrier(String aggregateIdentifier) {
    return committer.barrier();
  }

  @Override
  public void onDurable(Runnable listener) {
    committer.onDurable(listener);
  }

  /**
   * Appends the events, of any aggregates, as one batch under the present epoch, and waits until it
   * is durable. Throws what {@link #enqueue} throws or fails with. As Axon has it, an aggregate
   * that is new may begin with another sequence than 0 here.
   */
  @Override
  public void appendEvents(List<? extends EventMessage<?>> events) {
    if (events.isEmpty()) {
      return;
    }
    try {
      committer.enqueue(encode(events), true, committer.epoch()).join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException failure ? failure : e;
    }
  }

  private List<Append> encode(List<? extends EventMessage<?>> events) {
    List<Append> appends = new ArrayList<>(events.size());
    for (EventMessage<?> event : events) {
      appends.add(Append.of(event, serializer));
    }
    return appends;
  }

  // One conversation

  @Override
  public long head(String conversation) {
    return committer.head(conversation);
  }

  @Override
  public List<EncodedEvent> read(String conversation, long from, int limit) {
    notBelowZero("from", from);
    return database.events(conversation, from, limit, committer.durable()).stream()
        .map(StoredEvent::encoded)
        .toList();
  }

  @Override
  public boolean knownDurable(String conversation, long sequence) {
    return sequence <= committer.head(conversation);
  }

  @Override
  public long sent(String conversation, long before, String sender, String clientMessageId) {
    long sequence = database.sent(conversation, sender, clientMessageId);
    return sequence < before && knownDurable(conversation, sequence) ? sequence : -1;
  }

  @Override
  public List<EncodedEvent> marks(String conversation, long message) {
    List<EncodedEvent> marks = new ArrayList<>();
    for (long sequence : database.marks(conversation, message, committer.head(conversation))) {
      marks.addAll(read(conversation, sequence, 1));
    }
    return marks;
  }

  /** Read in chunks as the stream is advanced; ends where the durable log ends at that time. */
  @Override
  public DomainEventStream readEvents(String aggregateIdentifier, long firstSequenceNumber) {
    AtomicReference<@Nullable Long> last = new AtomicReference<>();
    Chunks<StoredEvent> chunks =
        new Chunks<>(
            firstSequenceNumber,
            from -> database.events(aggregateIdentifier, from, CHUNK, committer.durable()));
    Stream<? extends DomainEventMessage<?>> messages =
        chunks.stream()
            .map(
                event -> {
                  last.set(event.sequence());
                  return event.message(serializer);
                });
    Supplier<@Nullable Long> lastSequence = last::get;
    return DomainEventStream.of(messages, lastSequence);
  }

  @Override
  public Optional<Long> lastSequenceNumberFor(String aggregateIdentifier) {
    long head = committer.head(aggregateIdentifier);
    return head < 0 ? Optional.empty() : Optional.of(head);
  }

  /**
   * Keeps the snapshot, unless a newer one is there. It must have been made from durable events.
   */
  @Override
  public void storeSnapshot(DomainEventMessage<?> snapshot) {
    database.putSnapshot(StoredEvent.of(snapshot, serializer));
  }

  @Override
  public Optional<DomainEventMessage<?>> readSnapshot(String aggregateIdentifier) {
    return Optional.ofNullable(database.snapshot(aggregateIdentifier))
        .map(snapshot -> read(snapshot));
  }

  /** Read now, not when first looked at: only here can whoever asks fall back to the events. */
  private DomainEventMessage<?> read(StoredEvent snapshot) {
    DomainEventMessage<?> message = snapshot.message(serializer);
    message.getPayload();
    return message;
  }

  // All conversations

  @Override
  public long durableIndex() {
    return committer.durable();
  }

  /** As {@link DurableLog} has it. The newest come from memory. */
  @Override
  public List<LogEntry> readLog(long fromIndex, int limit) {
    notBelowZero("fromIndex", fromIndex);
    return entries(fromIndex, limit).stream().map(Entry::logged).toList();
  }

  @Override
  public long indexAt(Instant time) {
    return database.indexAt(time, committer.durable());
  }

  @Override
  public long passNewer(long fromIndex, Instant time) {
    notBelowZero("fromIndex", fromIndex);
    return database.passNewer(fromIndex, time, committer.durable());
  }

  /**
   * Waits until there is a durable event behind {@code beyondIndex}, at most for {@code patience}
   * and not longer than the store is open.
   *
   * @return whether there is one
   */
  public boolean awaitDurable(long beyondIndex, Duration patience) throws InterruptedException {
    return committer.await(beyondIndex, patience);
  }

  /**
   * The events behind the token; never blocks. Read in chunks as the stream is advanced; ends where
   * the durable log ends at that time.
   *
   * @throws IllegalArgumentException where the token is not one of this store's
   */
  @Override
  public Stream<? extends TrackedEventMessage<?>> readEvents(
      @Nullable TrackingToken trackingToken, boolean mayBlock) {
    return new Chunks<>(indexOf(trackingToken) + 1, from -> entries(from, CHUNK))
        .stream().map(entry -> entry.event().message(serializer, entry.index()));
  }

  @Override
  public @Nullable TrackingToken createTailToken() {
    return committer.durable() < 0 ? null : new GlobalSequenceTrackingToken(-1);
  }

  @Override
  public @Nullable TrackingToken createHeadToken() {
    long last = committer.durable();
    return last < 0 ? null : new GlobalSequenceTrackingToken(last);
  }

  @Override
  public @Nullable TrackingToken createTokenAt(Instant dateTime) {
    return committer.durable() < 0 ? null : new GlobalSequenceTrackingToken(indexAt(dateTime) - 1);
  }

  private static long indexOf(@Nullable TrackingToken token) {
    TrackingToken own = WrappedToken.unwrapLowerBound(token);
    if (own == null) {
      return -1;
    }
    if (own instanceof GlobalSequenceTrackingToken global) {
      return global.getGlobalIndex();
    }
    throw new IllegalArgumentException("the token " + token + " is not one of this store's");
  }

  private static void notBelowZero(String name, long value) {
    if (value < 0) {
      throw new IllegalArgumentException(name + " is " + value + ", below 0");
    }
  }

  private List<Entry> entries(long from, int limit) {
    long to = Math.min(committer.durable(), from + limit - 1);
    if (from > to) {
      return List.of();
    }
    List<Entry> held = committer.recent().read(from, (int) (to - from) + 1);
    return held != null ? held : database.log(from, to);
  }

  /** Reads places one after the other, some at a time. */
  private interface Chunk<T> {
    List<T> from(long place);
  }

  private static final class Chunks<T> extends Spliterators.AbstractSpliterator<T> {
    private final Chunk<T> source;
    private long place;
    private List<T> chunk = List.of();
    private int next;

    Chunks(long first, Chunk<T> source) {
      super(Long.MAX_VALUE, Spliterator.ORDERED | Spliterator.NONNULL);
      this.place = first;
      this.source = source;
    }

    Stream<T> stream() {
      return StreamSupport.stream(this, false);
    }

    @Override
    public boolean tryAdvance(Consumer<? super T> action) {
      if (next == chunk.size()) {
        chunk = source.from(place);
        next = 0;
        if (chunk.isEmpty()) {
          return false;
        }
      }
      place++;
      action.accept(chunk.get(next++));
      return true;
    }
  }
}
