package io.confab.edge.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.confab.events.ConversationEvent;
import io.confab.events.ConversationEvent.ConversationStarted;
import io.confab.events.ConversationEvent.MemberRemoved;
import io.confab.events.ConversationEvent.MembersAdded;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.EncodedEvent;
import io.confab.events.EventEnvelope;
import io.confab.events.EventJson;
import io.confab.events.EventLog;
import io.confab.events.Kind;
import io.confab.events.Member;
import io.confab.events.MessageContent;
import io.confab.events.Role;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RecipientsTest {
  private final List<EncodedEvent> events = new ArrayList<>();
  private ChatMembers.AsOf view = new ChatMembers.AsOf(Set.of(), -1);
  private int asked;
  private final Recipients recipients =
      new Recipients(
          new EventLog() {
            @Override
            public long head(String conversation) {
              return events.size() - 1;
            }

            @Override
            public List<EncodedEvent> read(String conversation, long from, int limit) {
              return events.subList((int) from, (int) Math.min(events.size(), from + limit));
            }
          },
          chat -> {
            asked++;
            return view;
          });

  private EncodedEvent append(ConversationEvent event) {
    EventEnvelope envelope = new EventEnvelope("c-1", events.size(), Instant.EPOCH, "ann", event);
    EncodedEvent encoded =
        new EncodedEvent("c-1", events.size(), envelope.type(), EventJson.write(envelope));
    events.add(encoded);
    return encoded;
  }

  private EncodedEvent start(String... users) {
    return append(
        new ConversationStarted(
            Kind.GROUP,
            "title",
            java.util.stream.Stream.of(users).map(user -> new Member(user, Role.MEMBER)).toList()));
  }

  private EncodedEvent say() {
    return append(new MessageSent(1, MessageContent.of("hello")));
  }

  private EncodedEvent add(String user) {
    return append(new MembersAdded(List.of(new Member(user, Role.MEMBER))));
  }

  @Test
  void aChatIsFoldedFromItsEvents() {
    assertThat(recipients.of(start("ann", "bob"))).containsExactlyInAnyOrder("ann", "bob");
    assertThat(recipients.of(add("cid"))).containsExactlyInAnyOrder("ann", "bob", "cid");
    assertThat(recipients.of(append(new MemberRemoved("bob"))))
        .as("who is removed is told so")
        .containsExactlyInAnyOrder("ann", "bob", "cid");
    assertThat(recipients.of(say())).containsExactlyInAnyOrder("ann", "cid");
    assertThat(asked).isZero();
  }

  @Test
  void whatTheViewDoesNotHaveYetIsReadFromTheLog() {
    start("ann", "bob");
    view = new ChatMembers.AsOf(Set.of("ann", "bob"), 0);
    add("cid");
    append(new MemberRemoved("bob"));
    assertThat(recipients.of(say())).containsExactlyInAnyOrder("ann", "cid");
  }

  @Test
  void eventsThatAnotherRouterHadAreNotLeftOut() {
    assertThat(recipients.of(start("ann", "bob"))).hasSize(2);
    add("cid"); // while another router had the chat
    assertThat(recipients.of(say())).containsExactlyInAnyOrder("ann", "bob", "cid");
    assertThat(asked).isZero();
  }

  @Test
  void farBehindTheMembersAreAskedForAnew() {
    recipients.of(start("ann", "bob"));
    for (int i = 0; i < 1_001; i++) {
      say();
    }
    view = new ChatMembers.AsOf(Set.of("ann"), events.size() - 1);
    assertThat(recipients.of(say())).containsExactly("ann");
    assertThat(asked).isEqualTo(1);
  }

  @Test
  void anEventThatComesAgainGoesToThoseWhoAreThereNow() {
    EncodedEvent first = start("ann", "bob");
    recipients.of(first);
    recipients.of(append(new MemberRemoved("bob")));
    recipients.of(say());
    assertThat(recipients.of(events.get(2))).containsExactly("ann");
  }
}
