package io.confab.views;

import com.azure.cosmos.models.SqlParameter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.confab.cosmos.ContainerDescription;
import io.confab.cosmos.CosmosConnection;
import io.confab.events.EventEnvelope;
import io.confab.views.CosmosContainer.Key;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One generation of {@link ViewReader.View#CONVERSATIONS}: where its documents are, and how to ask.
 */
final class ConversationContainers implements CosmosView {
  private static final String CONVERSATION = "conversation";
  private static final String USER = "user";
  private static final long GREATEST = 1L << 53;

  private final CosmosContainer conversations;
  private final CosmosContainer users;
  private final CosmosLayout layout;

  ConversationContainers(
      CosmosConnection connection, CosmosLayout layout, String conversations, String users) {
    this.layout = layout;
    this.conversations = new CosmosContainer(connection, conversations, CONVERSATION);
    this.users = new CosmosContainer(connection, users, USER);
  }

  static ContainerDescription conversations(String name) {
    return ContainerDescription.of(name, "/conversation")
        .indexedOnlyBy("/member/?", "/gone/?", "/sender/?", "/sent/?");
  }

  static ContainerDescription users(String name) {
    return ContainerDescription.of(name, "/user").indexedOnlyBy("/gone/?");
  }

  ConversationWrite begin(String conversation) {
    return ConversationWrite.begin(conversations, layout, conversation);
  }

  StoredDocuments stored() {
    return new StoredDocuments(conversations);
  }

  void writeMemberships(List<CosmosDocument> memberships, long applied) {
    users.writeForward(memberships.stream().map(m -> m.json(USER, applied, false)).toList());
  }

  static Key memberKey(String conversation, String user) {
    return new Key(conversation, "m-" + user);
  }

  static CosmosDocument memberDocument(
      String conversation, String user, @Nullable JsonNode value, @Nullable JsonNode before) {
    Key key = memberKey(conversation, user);
    return new CosmosDocument(
        key.partition(), key.id(), CosmosJson.object().put("member", user), value, before);
  }

  static CosmosDocument userDocument(String conversation, String user, @Nullable JsonNode value) {
    return new CosmosDocument(user, conversation, CosmosJson.object(), value, null);
  }

  static CosmosDocument sentDocument(String conversation, String user, long sequence, long count) {
    return new CosmosDocument(
        conversation,
        "s-" + user + "-" + sequence,
        CosmosJson.object().put("sender", user).put("sent", sequence),
        CosmosJson.of(count),
        null);
  }

  /** Stored documents, those that are gone too. */
  List<ObjectNode> storedMembers(String conversation) {
    return conversations.query(
        conversation,
        Integer.MAX_VALUE,
        "SELECT * FROM c WHERE c.member > @after ORDER BY c.member",
        new SqlParameter("@after", ""));
  }

  @Override
  public long applied(String conversation) {
    ObjectNode head = conversations.read(ConversationWrite.head(conversation));
    return head == null ? -1 : CosmosDocument.applied(head);
  }

  @Override
  public Folded fold(String conversation, List<EventEnvelope> events) {
    CosmosConversations documents = CosmosConversations.read(this, conversation, events);
    ConversationsFold fold = new ConversationsFold(documents);
    events.forEach(fold::on);
    fold.write();
    return documents;
  }

  @Nullable ConversationView conversation(String conversation) {
    ObjectNode head = conversations.read(ConversationWrite.head(conversation));
    JsonNode value = head == null ? null : CosmosDocument.value(head);
    return value == null ? null : CosmosJson.read(value, ConversationView.class);
  }

  @Nullable MembershipView membership(String conversation, String user) {
    ObjectNode stored = conversations.read(memberKey(conversation, user));
    return stored == null ? null : membership(CosmosDocument.value(stored));
  }

  List<MemberView> members(String conversation, @Nullable String after, int limit) {
    return conversations
        .query(
            conversation,
            limit,
            "SELECT * FROM c WHERE c.member > @after AND c.gone = false ORDER BY c.member",
            new SqlParameter("@after", after == null ? "" : after))
        .stream()
        .map(stored -> membership(CosmosDocument.value(stored)))
        .filter(Objects::nonNull)
        .map(ConversationContainers::member)
        .toList();
  }

  static MemberView member(MembershipView membership) {
    return new MemberView(membership.user(), membership.role(), membership.since());
  }

  List<MembershipView> memberships(String user) {
    return users.query(user, Integer.MAX_VALUE, "SELECT * FROM c WHERE c.gone = false").stream()
        .map(stored -> membership(CosmosDocument.value(stored)))
        .filter(Objects::nonNull)
        .sorted(Comparator.comparing(MembershipView::conversation))
        .toList();
  }

  long sentBy(String conversation, String user, long upTo) {
    if (upTo < 0) {
      return 0;
    }
    List<ObjectNode> last =
        conversations.query(
            conversation,
            1,
            "SELECT * FROM c WHERE c.sender = @user AND c.sent <= @upTo ORDER BY c.sent DESC",
            new SqlParameter("@user", user),
            new SqlParameter("@upTo", Math.min(upTo, GREATEST)));
    JsonNode count = last.isEmpty() ? null : CosmosDocument.value(last.get(0));
    return count == null ? 0 : count.asLong();
  }

  static @Nullable MembershipView membership(@Nullable JsonNode value) {
    return value == null ? null : CosmosJson.read(value, MembershipView.class);
  }
}
