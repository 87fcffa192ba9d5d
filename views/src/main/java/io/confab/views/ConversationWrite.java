package io.confab.views;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.confab.views.CosmosContainer.Key;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The documents of one conversation in one container, from one watermark to the next. Read before
 * anything else; written at most once. Not safe for many threads.
 *
 * <p>What fits into one transaction is written so. For what does not, the order, and what each step
 * leaves to who tries again, are in the package's documentation.
 */
final class ConversationWrite {
  private static final String HEAD = "head";

  /** Bytes of one transaction; Cosmos DB takes 2 MiB. */
  private static final int BYTES = 3 << 19;

  private final CosmosContainer container;
  private final int documentsAtATime;
  private final Key home;
  private final @Nullable ObjectNode head;
  private final List<CosmosDocument> documents = new ArrayList<>();

  private ConversationWrite(
      CosmosContainer container, CosmosLayout layout, Key home, @Nullable ObjectNode head) {
    this.container = container;
    this.documentsAtATime = layout.documents();
    this.home = home;
    this.head = head;
  }

  /** The document that tells how far a conversation is. */
  static Key head(String partition) {
    return new Key(partition, HEAD);
  }

  /**
   * @param partition where the conversation's head is
   */
  static ConversationWrite begin(CosmosContainer container, CosmosLayout layout, String partition) {
    Key home = head(partition);
    return new ConversationWrite(container, layout, home, container.read(home));
  }

  /** The last sequence applied; -1 where none. */
  long watermark() {
    return head == null ? -1 : CosmosDocument.applied(head);
  }

  /** What the head holds beside the watermark. */
  @Nullable JsonNode headValue() {
    return head == null ? null : CosmosDocument.value(head);
  }

  void add(CosmosDocument document) {
    documents.add(document);
  }

  /** A part of the write that is in no transaction with the rest, and may be done many times. */
  interface Elsewhere {
    Elsewhere NOWHERE = () -> {};

    void write();
  }

  /**
   * Writes all that was added, what is {@code elsewhere}, and then the head.
   *
   * @param value what the head holds beside the watermark
   * @throws StaleWriteException where another writer was here since {@link #begin}
   */
  void commit(long applied, @Nullable JsonNode value, Elsewhere elsewhere) {
    Map<String, List<CosmosDocument>> partitions = new LinkedHashMap<>();
    for (CosmosDocument document : documents) {
      partitions.computeIfAbsent(document.partition(), p -> new ArrayList<>()).add(document);
    }
    List<CosmosDocument> own = partitions.remove(home.partition());
    List<List<ObjectNode>> chunks = chunks(own == null ? List.of() : own, applied);
    String etag = head == null ? null : CosmosDocument.etag(head);
    if (chunks.size() > 1 || !partitions.isEmpty() || elsewhere != Elsewhere.NOWHERE) {
      // Before the fence: whoever is fenced off later finds there what the next has written.
      Map<String, String> etags = new HashMap<>(); // none where there is no head
      for (String other : partitions.keySet()) {
        ObjectNode present = container.read(head(other));
        if (present != null) {
          etags.put(other, CosmosDocument.etag(present));
        }
      }
      // from here on no other writer's view of this conversation holds
      etag = container.write(home.partition(), List.of(), head(watermark(), headValue()), etag);
      elsewhere.write();
      for (Map.Entry<String, List<CosmosDocument>> other : partitions.entrySet()) {
        writeOther(other.getKey(), chunks(other.getValue(), applied), etags.get(other.getKey()));
      }
      for (List<ObjectNode> chunk : chunks.subList(0, chunks.size() - 1)) {
        etag = container.write(home.partition(), chunk, head(watermark(), headValue()), etag);
      }
    }
    List<ObjectNode> last = chunks.get(chunks.size() - 1);
    last.forEach(CosmosDocument::forgetBefore);
    container.write(home.partition(), last, head(applied, value), etag);
  }

  /** Another partition has a head of its own, only so that two writers cannot meet in it. */
  private void writeOther(
      String partition, List<List<ObjectNode>> chunks, @Nullable String before) {
    String etag = before;
    for (List<ObjectNode> chunk : chunks) {
      etag = container.write(partition, chunk, head(partition, -1, null), etag);
    }
  }

  private ObjectNode head(long applied, @Nullable JsonNode value) {
    return head(home.partition(), applied, value);
  }

  private ObjectNode head(String partition, long applied, @Nullable JsonNode value) {
    return new CosmosDocument(partition, HEAD, CosmosJson.object(), value, null)
        .json(container.path(), applied, false);
  }

  /** At least one, the last of which may be empty. */
  private List<List<ObjectNode>> chunks(List<CosmosDocument> all, long applied) {
    List<List<ObjectNode>> chunks = new ArrayList<>();
    List<ObjectNode> chunk = new ArrayList<>();
    int bytes = 0;
    for (CosmosDocument document : all) {
      ObjectNode json = document.json(container.path(), applied, true);
      int size = CosmosJson.size(json);
      if (chunk.size() == documentsAtATime || bytes + size > BYTES) {
        chunks.add(chunk);
        chunk = new ArrayList<>();
        bytes = 0;
      }
      chunk.add(json);
      bytes += size;
    }
    chunks.add(chunk);
    return chunks;
  }
}
