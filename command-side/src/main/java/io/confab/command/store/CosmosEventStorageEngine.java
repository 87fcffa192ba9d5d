package io.confab.command.store;

import io.confab.command.store.CommitDocument.Item;
import io.confab.cosmos.CosmosConnection;
import io.confab.events.EncodedEvent;
import io.micrometer.core.instrument.MeterRegistry;
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
import org.axonframework.eventhandling.TrackedEventMessage;
import org.axonframework.eventhandling.TrackingToken;
import org.axonframework.eventsourcing.eventstore.DomainEventStream;
import org.axonframework.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/**
 * The event store in Cosmos DB, for any number of processes at once. Each conversation is a log of
 * its own: while one of its commits is being written, what is enqueued for it gathers into the
 * next.
 *
 * <p>Sequences are checked, whoever writes: a commit is created under the id that its first
 * sequence makes, and so the first of two writers wins and the other has a conflict. A failure
 * refuses appends of its conversation alone.
 *
 * <p>There is no order over all conversations here: what needs one follows Kafka or the change
 * feed. The methods for tracking tokens throw {@link UnsupportedOperationException}.
 *
 * <p>Reads ask Cosmos, and throw {@link io.confab.events.CommandRejected} {@code unavailable} where
 * it does not answer. All methods are safe for use by many threads; those that read block. Futures
 * complete, and listeners are called, on the thread of the commits, so what hangs on them must not
 * block.
 */
public final class CosmosEventStorageEngine
    implements DurableEventStorageEngine, MessageLog, AutoCloseable {

  /**
   * A logical partition ends at 20 GB. The largest body, all of it characters that JSON escapes
   * twice, makes about 112 KiB of document: of 2^17, 15 GB.
   */
  private static final int BUCKET_BITS = 17;

  /** The container of the events: durable, so it never changes. */
  public static final String CONTAINER = "events";

  /** How many events a stream reads ahead. */
  private static final int CHUNK = 256;

  private final CosmosLog cosmos;
  private final CosmosAppender appender;
  private final Serializer serializer;

  private CosmosEventStorageEngine(
      CosmosLog cosmos, CosmosAppender appender, Serializer serializer) {
    this.cosmos = cosmos;
    this.appender = appender;
    this.serializer = serializer;
  }

  /**
   * Sees to it that the containers are there, and opens the store.
   *
   * @param connection stays open when the store is closed
   * @param serializer for payloads, snapshots and metadata, which it must write as UTF-8; an {@link
   *     EnvelopeSerializer} where {@link #read} is to be used
   * @param settings of which only {@code queued} concerns this store
   * @throws io.confab.cosmos.CosmosOpenException where a container is not there and may not be
   *     created, or has another partition key
   */
  public static CosmosEventStorageEngine open(
      CosmosConnection connection,
      Serializer serializer,
      StoreSettings settings,
      MeterRegistry meters) {
    return open(connection, serializer, settings, meters, BUCKET_BITS);
  }

  static CosmosEventStorageEngine open(
      CosmosConnection connection,
      Serializer serializer,
      StoreSettings settings,
      MeterRegistry meters,
      int bucketBits) {
    connection.ensureContainer(CosmosLog.EVENTS);
    connection.ensureContainer(CosmosLog.SNAPSHOTS);
    CosmosLog cosmos = new CosmosLog(connection, bucketBits);
    CosmosAppender appender =
        new CosmosAppender(cosmos, connection.patience(), settings.queued().toBytes(), meters);
    return new CosmosEventStorageEngine(cosmos, appender, serializer);
  }

  /** Writes what waits, at most for the connection's patience, and closes. */
  @Override
  public void close() {
    appender.close();
  }

  // Appending

  /** Goes up with each failure, whatever the conversation; only its own appends are refused. */
  @Override
  public long epoch() {
    return appender.epoch();
  }

  @Override
  public boolean isolatesFailures() {
    return true;
  }

  @Override
  public CompletableFuture<Void> enqueue(List<? extends DomainEventMessage<?>> events, long epoch) {
    Batches.requireConsecutive(events);
    return appender.enqueue(items(events), false, epoch);
  }

  @Override
  public boolean accepting() {
    return appender.accepting();
  }

  @Override
  public CompletableFuture<Void> barrier(String aggregateIdentifier) {
    return appender.barrier(aggregateIdentifier);
  }

  @Override
  public boolean behind(String aggregateIdentifier, long sequence) {
    return head(aggregateIdentifier) > sequence;
  }

  @Override
  public void onDurable(Runnable listener) {
    appender.onDurable(listener);
  }

  /**
   * Appends the events under the present epoch and waits until they are durable. Throws what {@link
   * #enqueue} throws or fails with. Events of one aggregate that follow each other are one batch;
   * those of several aggregates are not one. As Axon has it, an aggregate that is new may begin
   * with another sequence than 0 here.
   */
  @Override
  public void appendEvents(List<? extends EventMessage<?>> events) {
    long epoch = appender.epoch();
    List<CompletableFuture<Void>> appends = new ArrayList<>();
    List<Item> items = items(events);
    int begin = 0;
    for (int i = 1; i <= items.size(); i++) {
      if (i == items.size() || !follows(items.get(i - 1), items.get(i))) {
        appends.add(appender.enqueue(items.subList(begin, i), true, epoch));
        begin = i;
      }
    }
    try {
      appends.forEach(CompletableFuture::join);
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException failure ? failure : e;
    }
  }

  private static boolean follows(Item item, Item next) {
    return next.aggregate().equals(item.aggregate()) && next.sequence() == item.sequence() + 1;
  }

  private List<Item> items(List<? extends EventMessage<?>> events) {
    List<Item> items = new ArrayList<>(events.size());
    for (EventMessage<?> event : events) {
      items.add(CommitDocument.item(event, serializer));
    }
    return items;
  }

  // One conversation

  @Override
  public long head(String conversation) {
    long head = cosmos.awaitHead(conversation, appender.known(conversation));
    appender.know(conversation, head);
    return head;
  }

  @Override
  public List<EncodedEvent> read(String conversation, long from, int limit) {
    if (from < 0) {
      throw new IllegalArgumentException("from is " + from + ", below 0");
    }
    return limit <= 0
        ? List.of()
        : cosmos.read(conversation, from, limit).stream().map(StoredEvent::encoded).toList();
  }

  @Override
  public boolean knownDurable(String conversation, long sequence) {
    return sequence <= appender.known(conversation);
  }

  @Override
  public long sent(String conversation, long before, String sender, String clientMessageId) {
    return cosmos.sent(conversation, CommitDocument.send(sender, clientMessageId), before);
  }

  @Override
  public List<EncodedEvent> marks(String conversation, long message) {
    return cosmos.marks(conversation, message, head(conversation)).stream()
        .map(StoredEvent::encoded)
        .toList();
  }

  /** Read in chunks as the stream is advanced; ends where the durable log ends at that time. */
  @Override
  public DomainEventStream readEvents(String aggregateIdentifier, long firstSequenceNumber) {
    AtomicReference<@Nullable Long> last = new AtomicReference<>();
    Stream<? extends DomainEventMessage<?>> messages =
        StreamSupport.stream(new Events(aggregateIdentifier, firstSequenceNumber), false)
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
    long head = head(aggregateIdentifier);
    return head < 0 ? Optional.empty() : Optional.of(head);
  }

  /**
   * Keeps the snapshot, unless a newer one is there. It must have been made from durable events.
   */
  @Override
  public void storeSnapshot(DomainEventMessage<?> snapshot) {
    cosmos.putSnapshot(StoredEvent.of(snapshot, serializer));
  }

  @Override
  public Optional<DomainEventMessage<?>> readSnapshot(String aggregateIdentifier) {
    StoredEvent snapshot = cosmos.snapshot(aggregateIdentifier);
    if (snapshot == null) {
      return Optional.empty();
    }
    DomainEventMessage<?> message = snapshot.message(serializer);
    message.getPayload(); // read now: only here can whoever asks fall back to the events
    return Optional.of(message);
  }

  // All conversations

  /** Not supported. */
  @Override
  public Stream<? extends TrackedEventMessage<?>> readEvents(
      @Nullable TrackingToken trackingToken, boolean mayBlock) {
    throw noOrder();
  }

  /** Not supported. */
  @Override
  public TrackingToken createTailToken() {
    throw noOrder();
  }

  /** Not supported. */
  @Override
  public TrackingToken createHeadToken() {
    throw noOrder();
  }

  /** Not supported. */
  @Override
  public TrackingToken createTokenAt(Instant dateTime) {
    throw noOrder();
  }

  private static UnsupportedOperationException noOrder() {
    return new UnsupportedOperationException(
        "Cosmos DB keeps no order over all conversations: follow Kafka or the change feed");
  }

  private final class Events extends Spliterators.AbstractSpliterator<StoredEvent> {
    private final String conversation;
    private long from;
    private List<StoredEvent> chunk = List.of();
    private int next;
    private boolean read;
    private boolean ended;

    Events(String conversation, long from) {
      super(Long.MAX_VALUE, Spliterator.ORDERED | Spliterator.NONNULL);
      this.conversation = conversation;
      this.from = from;
    }

    @Override
    public boolean tryAdvance(Consumer<? super StoredEvent> action) {
      if (next == chunk.size() && !ended) {
        chunk = cosmos.read(conversation, from, CHUNK);
        next = 0;
        ended = chunk.size() < CHUNK;
        if (!chunk.isEmpty()) {
          from = chunk.get(chunk.size() - 1).sequence() + 1;
          read = true;
        }
        if (ended && read) {
          // Not before: a full chunk may end within a commit, and nobody may append there.
          appender.know(conversation, from - 1);
        }
      }
      if (next == chunk.size()) {
        return false;
      }
      action.accept(chunk.get(next++));
      return true;
    }
  }
}
