package io.confab.views;

import com.azure.cosmos.models.SqlParameter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.confab.cosmos.ContainerDescription;
import io.confab.cosmos.CosmosConnection;
import io.confab.events.EventEnvelope;
import io.confab.views.CosmosContainer.Key;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One generation of {@link ViewReader.View#HISTORY}: where its documents are, and how to ask. */
final class HistoryContainer implements CosmosView {

  private static final String PATH = "partition";

  /** Numbers in Cosmos DB are exact up to here. */
  private static final long GREATEST = 1L << 53;

  private final CosmosContainer container;
  private final CosmosLayout layout;

  HistoryContainer(CosmosConnection connection, CosmosLayout layout, String name) {
    this.layout = layout;
    this.container = new CosmosContainer(connection, name, PATH);
  }

  static ContainerDescription description(String name) {
    return ContainerDescription.of(name, "/partition")
        .indexedOnlyBy("/main/?", "/root/?", "/reply/?", "/reactedTo/?", "/user/?", "/gone/?");
  }

  ConversationWrite begin(String conversation) {
    return ConversationWrite.begin(container, layout, home(conversation));
  }

  StoredDocuments stored() {
    return new StoredDocuments(container);
  }

  private static String home(String conversation) {
    return conversation + ":0";
  }

  Key key(String conversation, long sequence) {
    return new Key(partition(conversation, bucket(sequence)), "m-" + sequence);
  }

  static ObjectNode keys(MessageDocument message) {
    ObjectNode keys = CosmosJson.object();
    return message.root == null
        ? keys.put("main", message.sequence)
        : keys.put("root", message.root).put("reply", message.sequence);
  }

  /** An emoji may hold what an id may not, so it is written in hexadecimal. */
  Key key(String conversation, long message, String emoji, String user) {
    String hex = HexFormat.of().formatHex(emoji.getBytes(StandardCharsets.UTF_8));
    return new Key(
        partition(conversation, bucket(message)), "r-" + message + "-" + hex + "-" + user);
  }

  static ObjectNode keys(long reactedTo, String user) {
    return CosmosJson.object().put("reactedTo", reactedTo).put("user", user);
  }

  /** Stored documents, those that are gone too. */
  List<ObjectNode> storedReactions(String conversation, long message) {
    return container.query(
        partition(conversation, bucket(message)),
        Integer.MAX_VALUE,
        "SELECT * FROM c WHERE c.reactedTo = @message",
        new SqlParameter("@message", message));
  }

  @Override
  public long applied(String conversation) {
    ObjectNode head = container.read(ConversationWrite.head(home(conversation)));
    return head == null ? -1 : CosmosDocument.applied(head);
  }

  @Override
  public Folded fold(String conversation, List<EventEnvelope> events) {
    CosmosHistory documents = CosmosHistory.read(this, conversation, events);
    HistoryFold fold = new HistoryFold(documents);
    events.forEach(fold::on);
    fold.write();
    return documents;
  }

  @Nullable MessageView message(String conversation, long sequence) {
    if (sequence < 0) {
      return null;
    }
    ObjectNode stored = container.read(key(conversation, sequence));
    return stored == null ? null : view(stored);
  }

  List<MessageView> before(String conversation, long before, int limit) {
    List<MessageView> found = new ArrayList<>();
    if (before <= 0) {
      return found;
    }
    long bucket = bucket(before - 1);
    if (bucket > 0) {
      bucket = Math.min(bucket, bucket(Math.max(0, applied(conversation))));
    }
    for (; bucket >= 0 && found.size() < limit; bucket--) {
      found.addAll(
          messages(
              conversation,
              bucket,
              limit - found.size(),
              "SELECT * FROM c WHERE c.main < @before ORDER BY c.main DESC",
              new SqlParameter("@before", Math.min(before, GREATEST))));
    }
    return found;
  }

  List<MessageView> after(String conversation, long after, int limit) {
    return upwards(
        conversation,
        after,
        limit,
        "SELECT * FROM c WHERE c.main > @after ORDER BY c.main",
        new SqlParameter("@after", after));
  }

  List<MessageView> replies(String conversation, long root, long after, int limit) {
    return upwards(
        conversation,
        Math.max(root, after),
        limit,
        "SELECT * FROM c WHERE c.root = @root AND c.reply > @after ORDER BY c.reply",
        new SqlParameter("@root", root),
        new SqlParameter("@after", after));
  }

  private List<MessageView> upwards(
      String conversation, long after, int limit, String sql, SqlParameter... parameters) {
    if (after >= GREATEST) {
      return List.of();
    }
    long bucket = bucket(Math.max(after, -1) + 1);
    List<MessageView> found =
        new ArrayList<>(messages(conversation, bucket, limit, sql, parameters));
    if (found.size() < limit) {
      long last = bucket(Math.max(0, applied(conversation)));
      while (found.size() < limit && bucket < last) {
        bucket++;
        found.addAll(messages(conversation, bucket, limit - found.size(), sql, parameters));
      }
    }
    return found;
  }

  private List<MessageView> messages(
      String conversation, long bucket, int limit, String sql, SqlParameter... parameters) {
    return container.query(partition(conversation, bucket), limit, sql, parameters).stream()
        .map(HistoryContainer::view)
        .filter(Objects::nonNull)
        .toList();
  }

  List<ReactionView> reactions(String conversation, long message) {
    return container
        .query(
            partition(conversation, bucket(message)),
            Integer.MAX_VALUE,
            "SELECT * FROM c WHERE c.reactedTo = @message AND c.gone = false",
            new SqlParameter("@message", message))
        .stream()
        .map(stored -> reaction(CosmosDocument.value(stored)))
        .filter(Objects::nonNull)
        .sorted(Comparator.comparing(ReactionView::emoji).thenComparing(ReactionView::user))
        .toList();
  }

  List<String> reactionsOf(String conversation, long message, String user) {
    return container
        .query(
            partition(conversation, bucket(message)),
            Integer.MAX_VALUE,
            "SELECT * FROM c WHERE c.reactedTo = @message AND c.user = @user AND c.gone = false",
            new SqlParameter("@message", message),
            new SqlParameter("@user", user))
        .stream()
        .map(stored -> reaction(CosmosDocument.value(stored)))
        .filter(Objects::nonNull)
        .map(ReactionView::emoji)
        .sorted()
        .toList();
  }

  static @Nullable ReactionView reaction(@Nullable JsonNode value) {
    return value == null ? null : CosmosJson.read(value, ReactionView.class);
  }

  private static @Nullable MessageView view(ObjectNode stored) {
    JsonNode value = CosmosDocument.value(stored);
    return value == null ? null : CosmosJson.read(value, MessageView.class);
  }

  private long bucket(long sequence) {
    return sequence >> layout.bucketBits();
  }

  private static String partition(String conversation, long bucket) {
    return conversation + ":" + bucket;
  }
}
