package io.confab.command.store;

import com.azure.cosmos.CosmosAsyncContainer;
import com.azure.cosmos.CosmosException;
import com.azure.cosmos.models.CosmosItemRequestOptions;
import com.azure.cosmos.models.CosmosQueryRequestOptions;
import com.azure.cosmos.models.FeedResponse;
import com.azure.cosmos.models.PartitionKey;
import com.azure.cosmos.models.SqlParameter;
import com.azure.cosmos.models.SqlQuerySpec;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.confab.cosmos.ContainerDescription;
import io.confab.cosmos.CosmosConnection;
import io.confab.events.CommandRejected;
import io.confab.events.RejectionCode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Reads and writes documents of the containers {@code events} and {@code snapshots}. Methods that
 * return no {@link Mono} block; they throw {@link CommandRejected} {@code unavailable} where Cosmos
 * does not answer.
 */
final class CosmosLog {
  static final ContainerDescription EVENTS =
      ContainerDescription.of(CosmosEventStorageEngine.CONTAINER, "/" + CommitDocument.PARTITION)
          .indexedOnlyBy(
              "/" + CommitDocument.FIRST + "/?",
              "/" + CommitDocument.LAST + "/?",
              "/" + CommitDocument.SENDS + "/[]/?",
              "/" + CommitDocument.MARKS + "/[]/?");
  static final ContainerDescription SNAPSHOTS =
      ContainerDescription.of("snapshots", "/" + CommitDocument.CONVERSATION)
          .indexedOnlyBy("/" + CommitDocument.LAST + "/?");

  static final int CONFLICT = 409;
  private static final int CHANGED = 412;
  private static final int SIDE_BY_SIDE = 16;

  private static final String FROM =
      "SELECT * FROM c WHERE c.lastSequence >= @from ORDER BY c.firstSequence ASC";
  private static final String NEWEST =
      "SELECT TOP 1 c.lastSequence FROM c ORDER BY c.firstSequence DESC";
  private static final String SENT =
      "SELECT c.sends, c.sendsAt FROM c WHERE ARRAY_CONTAINS(c.sends, @send)";
  private static final String MARKING =
      "SELECT * FROM c WHERE ARRAY_CONTAINS(c.marks, @message) ORDER BY c.firstSequence ASC";

  private final CosmosConnection connection;
  private final CosmosAsyncContainer events;
  private final CosmosAsyncContainer snapshots;
  private final int bucketBits;

  /**
   * @param bucketBits a partition holds the commits whose first sequences agree but for so many
   *     bits
   */
  CosmosLog(CosmosConnection connection, int bucketBits) {
    this.connection = connection;
    this.events = connection.container(EVENTS.name());
    this.snapshots = connection.container(SNAPSHOTS.name());
    this.bucketBits = bucketBits;
  }

  long bucket(long sequence) {
    return sequence >> bucketBits;
  }

  String partition(String conversation, long bucket) {
    return conversation + ":" + bucket;
  }

  /** Creates a commit; fails with status 409 where there is one of that id. */
  Mono<Void> create(ObjectNode commit) {
    return events
        .createItem(
            commit,
            new PartitionKey(commit.get(CommitDocument.PARTITION).asText()),
            new CosmosItemRequestOptions().setContentResponseOnWriteEnabled(false))
        .then();
  }

  /** Which commit has taken the id of that one; empty where none has. */
  Mono<String> commitIdAt(ObjectNode commit) {
    return events
        .readItem(
            commit.get(CommitDocument.ID).asText(),
            new PartitionKey(commit.get(CommitDocument.PARTITION).asText()),
            ObjectNode.class)
        .map(found -> found.getItem().get(CommitDocument.COMMIT).asText())
        .onErrorResume(CosmosConnection::noSuchDocument, e -> Mono.empty());
  }

  /**
   * The last sequence, or -1 where there is none.
   *
   * @param known a sequence that is in the log, or below 0: where to begin looking
   */
  Mono<Long> head(String conversation, long known) {
    return newest(conversation, bucket(Math.max(known, 0)), Math.max(known, -1));
  }

  private Mono<Long> newest(String conversation, long bucket, long best) {
    return query(conversation, bucket, new SqlQuerySpec(NEWEST), 1)
        .flatMap(
            found -> {
              if (found.isEmpty()) {
                return Mono.just(best);
              }
              long last = Math.max(best, found.get(0).get(CommitDocument.LAST).asLong());
              long next = bucket(last + 1);
              return next > bucket ? newest(conversation, next, last) : Mono.just(last);
            });
  }

  /** Waits for {@link #head(String, long)}. */
  long awaitHead(String conversation, long known) {
    Long head = await(head(conversation, known));
    return head == null ? -1 : head;
  }

  /** The events {@code from}, {@code from + 1}, … without a hole, at most so many. */
  List<StoredEvent> read(String conversation, long from, int limit) {
    List<StoredEvent> read = new ArrayList<>();
    long bucket = bucket(from);
    addFrom(read, conversation, bucket, from, limit);
    if (bucket > 0 && (read.isEmpty() || read.get(0).sequence() > from)) {
      // The commit with the last of a bucket may hold the first of the next.
      List<StoredEvent> before = new ArrayList<>();
      addFrom(before, conversation, bucket - 1, from, limit);
      read.addAll(0, before);
    }
    while (!read.isEmpty() && read.size() < limit) {
      long next = read.get(read.size() - 1).sequence() + 1;
      if (bucket(next) <= bucket) {
        break;
      }
      bucket = bucket(next);
      addFrom(read, conversation, bucket, next, limit - read.size());
    }
    return read.size() <= limit ? read : read.subList(0, limit);
  }

  private void addFrom(
      List<StoredEvent> read, String conversation, long bucket, long from, int limit) {
    SqlQuerySpec query = new SqlQuerySpec(FROM, new SqlParameter("@from", from));
    for (ObjectNode commit : awaitAll(query(conversation, bucket, query, limit))) {
      for (StoredEvent event : CommitDocument.events(commit)) {
        if (event.sequence() >= from) {
          read.add(event);
        }
      }
    }
  }

  /** Where below {@code before} that was sent, or -1: one query of each bucket, side by side. */
  long sent(String conversation, String send, long before) {
    SqlQuerySpec query = new SqlQuerySpec(SENT, new SqlParameter("@send", send));
    int buckets = Math.toIntExact(bucket(Math.max(before - 1, 0)) + 1);
    Long found =
        await(
            Flux.range(0, buckets)
                .flatMap(bucket -> query(conversation, bucket, query, 1), SIDE_BY_SIDE)
                .flatMapIterable(commits -> commits)
                .map(commit -> CommitDocument.sentAt(commit, send))
                .filter(sequence -> sequence < before)
                .next());
    return found == null ? -1 : found;
  }

  /** The events that mark the message, in order. */
  List<StoredEvent> marks(String conversation, long message, long head) {
    SqlQuerySpec query = new SqlQuerySpec(MARKING, new SqlParameter("@message", message));
    List<StoredEvent> marks = new ArrayList<>();
    for (long bucket = bucket(message); bucket <= bucket(Math.max(head, 0)); bucket++) {
      for (ObjectNode commit : awaitAll(query(conversation, bucket, query, Integer.MAX_VALUE))) {
        marks.addAll(CommitDocument.marking(commit, message));
      }
    }
    return marks;
  }

  @Nullable StoredEvent snapshot(String conversation) {
    ObjectNode document = await(snapshotDocument(conversation));
    return document == null ? null : CommitDocument.readSnapshot(document);
  }

  /** Keeps the snapshot, unless a newer one is there. */
  void putSnapshot(StoredEvent snapshot) {
    ObjectNode document = CommitDocument.snapshot(snapshot);
    boolean kept = false;
    while (!kept) {
      kept = Boolean.TRUE.equals(await(putOnce(snapshot, document)));
    }
  }

  /** False where another writer came between. */
  private Mono<Boolean> putOnce(StoredEvent snapshot, ObjectNode document) {
    PartitionKey partition = new PartitionKey(snapshot.aggregate());
    Mono<Boolean> create =
        Mono.defer(() -> snapshots.createItem(document, partition, null).thenReturn(true));
    return snapshotDocument(snapshot.aggregate())
        .flatMap(
            present -> {
              if (present.get(CommitDocument.LAST).asLong() >= snapshot.sequence()) {
                return Mono.just(true);
              }
              return snapshots
                  .replaceItem(
                      document,
                      snapshot.aggregate(),
                      partition,
                      new CosmosItemRequestOptions().setIfMatchETag(present.get("_etag").asText()))
                  .thenReturn(true);
            })
        .switchIfEmpty(create)
        .onErrorResume(
            e ->
                status(e) == CONFLICT || status(e) == CHANGED || CosmosConnection.noSuchDocument(e),
            e -> Mono.just(false));
  }

  private Mono<ObjectNode> snapshotDocument(String conversation) {
    return snapshots
        .readItem(conversation, new PartitionKey(conversation), ObjectNode.class)
        .map(found -> found.getItem())
        .onErrorResume(CosmosConnection::noSuchDocument, e -> Mono.empty());
  }

  /** The documents of the partition that the query finds; at least {@code enough}, or all. */
  private Mono<List<ObjectNode>> query(
      String conversation, long bucket, SqlQuerySpec query, int enough) {
    CosmosQueryRequestOptions options =
        new CosmosQueryRequestOptions()
            .setPartitionKey(new PartitionKey(partition(conversation, bucket)));
    return Mono.defer(
        () -> {
          List<ObjectNode> found = new ArrayList<>();
          return events
              .queryItems(query, options, ObjectNode.class)
              .byPage(Math.min(enough, PAGE))
              .map(FeedResponse::getResults)
              .doOnNext(found::addAll)
              .takeUntil(page -> found.size() >= enough)
              .then(Mono.fromSupplier(() -> found));
        });
  }

  /** Commits in one answer, at most: these may be large. */
  private static final int PAGE = 64;

  private List<ObjectNode> awaitAll(Mono<List<ObjectNode>> query) {
    List<ObjectNode> found = await(query);
    return found == null ? List.of() : found;
  }

  private <T> @Nullable T await(Mono<T> request) {
    try {
      return connection.await(request);
    } catch (CosmosException e) {
      throw unavailable("Cosmos DB answers " + e.getStatusCode() + ": " + e.getShortMessage());
    } catch (IllegalStateException e) {
      throw unavailable("Cosmos DB does not answer: " + e.getMessage());
    }
  }

  static CommandRejected unavailable(String detail) {
    return new CommandRejected(RejectionCode.UNAVAILABLE, detail, null, null);
  }

  /** What Cosmos answered, or 0 where it did not. */
  static int status(Throwable failure) {
    return failure instanceof CosmosException answered ? answered.getStatusCode() : 0;
  }
}
