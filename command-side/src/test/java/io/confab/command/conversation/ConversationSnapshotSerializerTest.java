package io.confab.command.conversation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confab.events.ConversationEvent;
import io.confab.events.ConversationEvent.ConversationStarted;
import io.confab.events.ConversationEvent.MemberRemoved;
import io.confab.events.ConversationEvent.MemberRoleChanged;
import io.confab.events.ConversationEvent.MessageDeleted;
import io.confab.events.ConversationEvent.MessageEdited;
import io.confab.events.ConversationEvent.MessagePinned;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.ConversationEvent.ReactionAdded;
import io.confab.events.ConversationEvent.ReplySent;
import io.confab.events.EventEnvelope;
import io.confab.events.Kind;
import io.confab.events.Member;
import io.confab.events.MessageContent;
import io.confab.events.Role;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.axonframework.messaging.MetaData;
import org.axonframework.serialization.SerializationException;
import org.axonframework.serialization.SerializedObject;
import org.axonframework.serialization.SimpleSerializedObject;
import org.axonframework.serialization.UnknownSerializedType;
import org.junit.jupiter.api.Test;

class ConversationSnapshotSerializerTest {
  private final ConversationSnapshotSerializer serializer = new ConversationSnapshotSerializer();

  private static Conversation played(List<EventEnvelope> events) {
    Conversation conversation = new Conversation();
    events.forEach(conversation::on);
    return conversation;
  }

  private static List<EventEnvelope> events(int messages) {
    List<EventEnvelope> events = new ArrayList<>();
    add(
        events,
        "alice",
        new ConversationStarted(
            Kind.CHANNEL,
            "Nëws",
            List.of(
                new Member("alice", Role.OWNER),
                new Member("bob", Role.MEMBER),
                new Member("carol", Role.MEMBER))));
    for (int i = 1; i <= messages; i++) {
      add(events, "bob", new MessageSent(i, MessageContent.of("x" + i, "k" + i)));
    }
    add(events, "bob", new ReplySent(1, MessageContent.of("aside")));
    add(events, "bob", new MessageEdited(messages, "y"));
    add(events, "carol", new ReactionAdded(1, "👍"));
    add(events, "bob", new MessageDeleted(messages - 1));
    add(events, "carol", new MessagePinned(1));
    add(events, "alice", new MemberRoleChanged("bob", Role.OWNER));
    add(events, "alice", new MemberRemoved("carol"));
    return events;
  }

  private static void add(List<EventEnvelope> events, String by, ConversationEvent event) {
    events.add(new EventEnvelope("c-1", events.size(), Scenario.BEFORE, by, event));
  }

  @Test
  void aSnapshotIsTheWholeState() {
    for (int messages : List.of(3, RecentMessages.CAPACITY + 100)) {
      Conversation before = played(events(messages));

      SerializedObject<byte[]> written = serializer.serialize(before, byte[].class);
      Conversation after = serializer.deserialize(written);

      assertThat(after.snapshot()).isEqualTo(before.snapshot());
      assertThat(serializer.serialize(after, byte[].class).getData()).isEqualTo(written.getData());
      assertThat(after.weight()).isEqualTo(before.weight());
      assertThat(after.conversation()).isEqualTo("c-1");
    }
  }

  @Test
  void afterASnapshotAllGoesOnAsBefore() {
    Conversation before = played(events(RecentMessages.CAPACITY + 100));
    Conversation after = serializer.deserialize(serializer.serialize(before, byte[].class));

    List<EventEnvelope> events = events(RecentMessages.CAPACITY + 100);
    for (int i = 0; i < 200; i++) {
      int next = events.size();
      add(events, "bob", new MessageSent(i, MessageContent.of("z", "z" + i)));
      add(events, "bob", new ReactionAdded(next, "👍"));
      for (EventEnvelope event : events.subList(next, events.size())) {
        before.on(event);
        after.on(event);
      }
    }

    assertThat(after.snapshot()).isEqualTo(before.snapshot());
    assertThat(after.weight()).isEqualTo(before.weight());
  }

  @Test
  void theTypeIsNamedAndNumbered() {
    SerializedObject<byte[]> written = serializer.serialize(played(events(3)), byte[].class);

    assertThat(written.getType().getName()).isEqualTo("Conversation");
    assertThat(written.getType().getRevision()).isEqualTo("1");
    assertThat(new String(written.getData(), StandardCharsets.UTF_8)).startsWith("{\"format\":1,");
  }

  @Test
  void anotherFormatIsRefused() {
    String json =
        new String(
            serializer.serialize(played(events(3)), byte[].class).getData(),
            StandardCharsets.UTF_8);

    for (String bad : List.of(json.replace("\"format\":1", "\"format\":2"), "{}", "[]", "{", "")) {
      assertThatThrownBy(
              () ->
                  serializer.deserialize(
                      new SimpleSerializedObject<>(
                          bad.getBytes(StandardCharsets.UTF_8),
                          byte[].class,
                          serializer.typeForClass(Conversation.class))))
          .isInstanceOf(SerializationException.class);
    }
  }

  @Test
  void metaDataRoundTrips() {
    MetaData metaData = MetaData.from(Map.of("trace", "abc", "n", 7));

    assertThat(
            serializer.<byte[], MetaData>deserialize(serializer.serialize(metaData, byte[].class)))
        .isEqualTo(metaData);
    assertThat(
            serializer.<String, MetaData>deserialize(
                serializer.serialize(MetaData.emptyInstance(), String.class)))
        .isEmpty();
  }

  @Test
  void anUnknownTypeIsSaidToBeUnknown() {
    Object read =
        serializer.deserialize(
            new SimpleSerializedObject<>(
                "{}".getBytes(StandardCharsets.UTF_8), byte[].class, "Meeting", "1"));

    assertThat(read).isInstanceOf(UnknownSerializedType.class);
  }

  @Test
  void weighsWhatItHolds() {
    assertThat(played(events(1_003)).weight() - played(events(3)).weight()).isEqualTo(256_000);
  }
}
