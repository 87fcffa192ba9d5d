package io.confab.views;

import com.azure.cosmos.CosmosAsyncContainer;
import com.azure.cosmos.CosmosException;
import com.azure.cosmos.models.CosmosBatch;
import com.azure.cosmos.models.CosmosBatchItemRequestOptions;
import com.azure.cosmos.models.CosmosBatchOperationResult;
import com.azure.cosmos.models.CosmosBatchResponse;
import com.azure.cosmos.models.CosmosBulkOperationResponse;
import com.azure.cosmos.models.CosmosBulkOperations;
import com.azure.cosmos.models.CosmosItemOperation;
import com.azure.cosmos.models.CosmosItemRequestOptions;
import com.azure.cosmos.models.CosmosQueryRequestOptions;
import com.azure.cosmos.models.FeedResponse;
import com.azure.cosmos.models.PartitionKey;
import com.azure.cosmos.models.SqlParameter;
import com.azure.cosmos.models.SqlQuerySpec;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.confab.cosmos.CosmosConnection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * One container: point reads, queries inside a partition, conditional writes. Waits for the answer
 * on the calling thread. Whatever fails is a {@link ViewStoreException}.
 */
final class CosmosContainer {
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;
  private static final int PRECONDITION_FAILED = 412;

  /** Requests of one call that are on their way together. */
  private static final int PARALLEL = 32;

  /** From so many documents on, bulk requests save more than the wait for them to fill costs. */
  private static final int BULK = 64;

  /** Documents that are asked for, or written, before the next ones are. */
  private static final int PAGE = 1_000;

  /** Documents of a page of a query. */
  private static final int QUERY_PAGE = 5_000;

  private final CosmosConnection connection;
  private final CosmosAsyncContainer container;
  private final String path;

  /**
   * @param path the partition key, without its slash
   */
  CosmosContainer(CosmosConnection connection, String name, String path) {
    this.connection = connection;
    this.container = connection.container(name);
    this.path = path;
  }

  /** Where a document is. */
  record Key(String partition, String id) {}

  String path() {
    return path;
  }

  @Nullable ObjectNode read(Key key) {
    return await("read", () -> find(key));
  }

  /** Those of the documents that are there. */
  Map<Key, ObjectNode> readAll(Collection<Key> keys) {
    Map<Key, ObjectNode> found = new HashMap<>();
    for (List<Key> some : pages(List.copyOf(keys))) {
      List<Map.Entry<Key, ObjectNode>> entries =
          await(
              "read",
              () ->
                  Flux.fromIterable(some)
                      .flatMap(key -> find(key).map(item -> Map.entry(key, item)), PARALLEL)
                      .collectList());
      if (entries != null) {
        entries.forEach(entry -> found.put(entry.getKey(), entry.getValue()));
      }
    }
    return found;
  }

  private Mono<ObjectNode> find(Key key) {
    return container
        .readItem(key.id, new PartitionKey(key.partition), ObjectNode.class)
        .map(response -> response.getItem())
        .onErrorResume(CosmosConnection::noSuchDocument, e -> Mono.empty());
  }

  /** The first {@code limit} documents of a query inside one partition. */
  List<ObjectNode> query(String partition, int limit, String sql, SqlParameter... parameters) {
    if (limit <= 0) {
      return List.of();
    }
    CosmosQueryRequestOptions options =
        new CosmosQueryRequestOptions().setPartitionKey(new PartitionKey(partition));
    SqlQuerySpec query = new SqlQuerySpec(sql, parameters);
    List<ObjectNode> found = new ArrayList<>();
    String behind = null;
    do {
      String from = behind;
      int size = Math.min(limit - found.size(), QUERY_PAGE);
      FeedResponse<ObjectNode> page =
          await(
              "query",
              () ->
                  container.queryItems(query, options, ObjectNode.class).byPage(from, size).next());
      if (page == null) {
        return found;
      }
      found.addAll(page.getResults());
      behind = page.getContinuationToken();
    } while (behind != null && found.size() < limit);
    return found.size() > limit ? found.subList(0, limit) : found;
  }

  /**
   * Writes documents of one partition and its head in one transaction.
   *
   * @param etag the head's; null where it must not be there
   * @return the head's new etag
   * @throws StaleWriteException with nothing written, where the head is not that one
   */
  String write(
      String partition, List<ObjectNode> documents, ObjectNode head, @Nullable String etag) {
    CosmosBatch batch = CosmosBatch.createCosmosBatch(new PartitionKey(partition));
    documents.forEach(batch::upsertItemOperation);
    if (etag == null) {
      batch.createItemOperation(head);
    } else {
      batch.replaceItemOperation(
          head.path("id").asText(), head, new CosmosBatchItemRequestOptions().setIfMatchETag(etag));
    }
    CosmosBatchResponse response = await("write", () -> container.executeCosmosBatch(batch));
    if (response == null) {
      throw new ViewStoreException("no answer to a write to " + container.getId(), null);
    }
    List<CosmosBatchOperationResult> results = response.getResults();
    if (!response.isSuccessStatusCode()) {
      int status = results.isEmpty() ? 0 : results.get(results.size() - 1).getStatusCode();
      if (status == CONFLICT || status == PRECONDITION_FAILED || status == NOT_FOUND) {
        throw new StaleWriteException(partition);
      }
      throw new ViewStoreException(
          "cannot write to " + container.getId() + ": status " + response.getStatusCode(), null);
    }
    return results.get(results.size() - 1).getETag();
  }

  /** Returns the etag, or null where a document of that id is there already. */
  @Nullable String create(String partition, ObjectNode document) {
    return await(
        "write",
        () ->
            container
                .createItem(document, new PartitionKey(partition), new CosmosItemRequestOptions())
                .map(response -> response.getETag())
                .onErrorResume(e -> status(e) == CONFLICT, e -> Mono.empty()));
  }

  /** Returns the new etag, or null where the document is not that one any more. */
  @Nullable String replace(String partition, ObjectNode document, String etag) {
    return await("write", () -> replacement(partition, document, etag));
  }

  private Mono<String> replacement(String partition, ObjectNode document, String etag) {
    return container
        .replaceItem(
            document,
            document.path("id").asText(),
            new PartitionKey(partition),
            new CosmosItemRequestOptions().setIfMatchETag(etag))
        .map(response -> response.getETag())
        .onErrorResume(
            e -> status(e) == PRECONDITION_FAILED || status(e) == NOT_FOUND, e -> Mono.empty());
  }

  /**
   * Writes each document where what is there is not as new, by the last sequence applied; over as
   * many partitions as there are. Not in one transaction: where it fails, any of them may be
   * written.
   */
  void writeForward(List<ObjectNode> documents) {
    for (List<ObjectNode> some : pages(documents)) {
      List<ObjectNode> present = some.size() < BULK ? some : createInBulk(some);
      await("write", () -> Flux.fromIterable(present).flatMap(this::forward, PARALLEL).then());
    }
  }

  /** Returns those of which one of that id is there already. */
  private List<ObjectNode> createInBulk(List<ObjectNode> documents) {
    List<CosmosItemOperation> creations = new ArrayList<>();
    for (ObjectNode document : documents) {
      creations.add(
          CosmosBulkOperations.getCreateItemOperation(
              document, new PartitionKey(document.path(path).asText())));
    }
    List<CosmosBulkOperationResponse<Object>> responses =
        await(
            "write",
            () -> container.executeBulkOperations(Flux.fromIterable(creations)).collectList());
    List<ObjectNode> present = new ArrayList<>();
    if (responses == null || responses.size() < documents.size()) {
      throw new ViewStoreException("no answer to a write to " + container.getId(), null);
    }
    for (CosmosBulkOperationResponse<Object> response : responses) {
      int status = status(response);
      if (status == CONFLICT) {
        present.add(response.getOperation().getItem());
      } else if (status >= 300) {
        throw new ViewStoreException(
            "cannot write to " + container.getId() + ": status " + status, response.getException());
      }
    }
    return present;
  }

  private Mono<String> forward(ObjectNode document) {
    String partition = document.path(path).asText();
    Key key = new Key(partition, document.path("id").asText());
    return container
        .createItem(document, new PartitionKey(partition), new CosmosItemRequestOptions())
        .map(response -> response.getETag())
        .onErrorResume(
            e -> status(e) == CONFLICT,
            e ->
                find(key)
                    .filter(
                        stored -> CosmosDocument.applied(stored) < CosmosDocument.applied(document))
                    .flatMap(
                        stored ->
                            replacement(partition, document, CosmosDocument.etag(stored))
                                .switchIfEmpty(Mono.defer(() -> forward(document)))));
  }

  private static int status(CosmosBulkOperationResponse<Object> response) {
    return response.getResponse() == null
        ? status(response.getException())
        : response.getResponse().getStatusCode();
  }

  private static int status(@Nullable Throwable e) {
    return e instanceof CosmosException cosmos ? cosmos.getStatusCode() : Integer.MAX_VALUE;
  }

  private <T> @Nullable T await(String what, Supplier<Mono<T>> request) {
    try {
      return connection.await(request.get());
    } catch (CosmosException e) {
      throw new ViewStoreException(
          "cannot " + what + " " + container.getId() + ": status " + e.getStatusCode(), e);
    } catch (RuntimeException e) {
      throw new ViewStoreException("cannot " + what + " " + container.getId(), e);
    }
  }

  private static <T> List<List<T>> pages(List<T> all) {
    List<List<T>> pages = new ArrayList<>();
    for (int from = 0; from < all.size(); from += PAGE) {
      pages.add(all.subList(from, Math.min(all.size(), from + PAGE)));
    }
    return pages;
  }
}
