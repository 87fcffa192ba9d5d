package io.confab.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.confab.events.ConversationEvent.ConversationStarted;
import io.confab.events.ConversationEvent.MemberRemoved;
import io.confab.events.ConversationEvent.MembersAdded;
import io.confab.events.EncodedEvent;
import io.confab.events.EventEnvelope;
import io.confab.events.EventJson;
import io.confab.events.EventType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random schedules of events, membership changes, subscriptions and faults of the feed: each
 * subscription is given each event once, in order, with none left out, while its user is a member.
 */
class DeliveryModelTest {
  private static final List<String> CONVERSATIONS = List.of("c-0", "c-1", "c-2");
  private static final List<String> USERS = List.of("ann", "bob", "cid", "dan");
  private static final int STEPS = 400;
  private static final long REFUSED = -2;

  private record Expected(
      EdgeInMemory.Client client, String id, String conversation, long position) {}

  private record ExpectedInbox(EdgeInMemory.Client client, String id, Map<String, Long> heads) {}

  private final List<EncodedEvent> delayed = new ArrayList<>();
  private Random random = new Random();
  private int ids;

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void eachEventOnceAndInOrder(long seed) {
    random = new Random(seed);
    try (EdgeInMemory edge = new EdgeInMemory()) {
      FakeConfab confab = edge.confab;
      confab.onAppend = event -> feed(confab, event);
      CONVERSATIONS.forEach(c -> confab.start(c, "owner", "ann", "bob"));
      List<EdgeInMemory.Client> clients = new ArrayList<>();
      USERS.forEach(user -> clients.add(edge.new Client(user)));
      USERS.forEach(user -> clients.add(edge.new Client(user)));
      // What happens while a subscription is being made is where the races are.
      confab.beforeMembership =
          () -> {
            if (random.nextInt(3) == 0) {
              change(confab);
            }
          };
      List<Expected> topics = new ArrayList<>();
      List<ExpectedInbox> inboxes = new ArrayList<>();
      for (int step = 0; step < STEPS; step++) {
        EdgeInMemory.Client client = clients.get(random.nextInt(clients.size()));
        switch (random.nextInt(20)) {
          case 0, 1 -> topics.add(subscribe(confab, client));
          case 2 -> {
            if (inboxes.size() < 6) {
              inboxes.add(inbox(confab, client));
            }
          }
          case 3 -> unsubscribe(client, topics);
          case 4 -> flush(confab);
          default -> change(confab);
        }
      }
      topics.removeIf(topic -> topic.position() == REFUSED);
      confab.beforeMembership = () -> {};
      flush(confab);
      confab.onAppend = confab::feed;
      CONVERSATIONS.forEach(c -> confab.say(c, "owner", "last"));

      topics.forEach(topic -> await().untilAsserted(() -> check(confab, topic)));
      inboxes.forEach(inbox -> await().untilAsserted(() -> check(confab, inbox)));
      assertThat(edge.count("confab.edge.repaired")).isPositive();
    }
  }

  private void change(FakeConfab confab) {
    String conversation = CONVERSATIONS.get(random.nextInt(CONVERSATIONS.size()));
    String user = USERS.get(random.nextInt(USERS.size()));
    if (random.nextInt(8) > 0) {
      confab.say(conversation, "owner", "hello");
    } else if (!confab.members(conversation).contains(user)) {
      confab.add(conversation, user);
    } else {
      confab.remove(conversation, user);
    }
  }

  /** Loses, repeats and reorders, but never loses that somebody was added. */
  private void feed(FakeConfab confab, EncodedEvent event) {
    switch (random.nextInt(10)) {
      case 0 -> {
        if (event.type() != EventType.MEMBERS_ADDED) {
          return;
        }
        confab.feed(event);
      }
      case 1 -> delayed.add(event);
      case 2 -> confab.feed(List.of(event, event));
      case 3 ->
          confab.feed(confab.read(event.conversation(), Math.max(0, event.sequence() - 3), 10));
      default -> confab.feed(event);
    }
  }

  private void flush(FakeConfab confab) {
    Collections.shuffle(delayed, random);
    confab.feed(delayed);
    delayed.clear();
  }

  private Expected subscribe(FakeConfab confab, EdgeInMemory.Client client) {
    String conversation = CONVERSATIONS.get(random.nextInt(CONVERSATIONS.size()));
    String id = "s" + ids++;
    client.subscribe("r" + id, Destinations.REJECTIONS);
    boolean live = random.nextBoolean();
    long after = random.nextInt((int) confab.head(conversation) + 2) - 1;
    String destination = Destinations.topic(conversation);
    RawClient.Frame answer =
        live
            ? client.subscribe(id, destination)
            : client.subscribe(id, destination, "after:" + after);
    if (answer.command().equals("MESSAGE")) {
      assertThat(answer.header("code")).isEqualTo("not-a-member");
      return new Expected(client, id, conversation, REFUSED);
    }
    long position = live ? Long.parseLong(answer.header("head")) : after;
    return new Expected(client, id, conversation, position);
  }

  private ExpectedInbox inbox(FakeConfab confab, EdgeInMemory.Client client) {
    String id = "i" + ids++;
    client.subscribe(id, Destinations.INBOX);
    Map<String, Long> heads = new HashMap<>();
    CONVERSATIONS.forEach(c -> heads.put(c, confab.head(c)));
    return new ExpectedInbox(client, id, heads);
  }

  private void unsubscribe(EdgeInMemory.Client client, List<Expected> topics) {
    topics.stream()
        .filter(topic -> topic.client() == client && topic.position() != REFUSED)
        .findAny()
        .ifPresent(
            topic -> {
              topics.remove(topic);
              client.send("UNSUBSCRIBE", "", "id:" + topic.id());
            });
  }

  private static void check(FakeConfab confab, Expected topic) {
    List<RawClient.Frame> messages = topic.client().messages(topic.id());
    long sequence = topic.position();
    for (RawClient.Frame message : messages) {
      assertThat(message.sequence()).isEqualTo(++sequence);
      assertThat(message.body()).isEqualTo(body(confab, topic.conversation(), sequence));
    }
    boolean ended =
        sequence >= 0 && removes(confab, topic.conversation(), sequence, topic.client().user());
    if (!ended || messages.isEmpty()) {
      assertThat(sequence).isEqualTo(confab.head(topic.conversation()));
    }
  }

  private static void check(FakeConfab confab, ExpectedInbox inbox) {
    String user = inbox.client().user();
    for (String conversation : CONVERSATIONS) {
      long last = -1;
      boolean in = false;
      for (RawClient.Frame message : inbox.client().messages(inbox.id())) {
        if (!message.header("conversation").equals(conversation)) {
          continue;
        }
        long sequence = message.sequence();
        if (in) {
          assertThat(sequence).isEqualTo(last + 1);
        } else {
          assertThat(sequence).isGreaterThan(last);
          if (last >= 0 || sequence > inbox.heads().get(conversation) + 1) {
            assertThat(adds(confab, conversation, sequence, user)).isTrue();
          }
        }
        assertThat(message.body()).isEqualTo(body(confab, conversation, sequence));
        in = !removes(confab, conversation, sequence, user);
        last = sequence;
      }
      if (confab.members(conversation).contains(user)) {
        assertThat(last).isEqualTo(confab.head(conversation));
      } else {
        assertThat(in).isFalse();
      }
    }
  }

  private static EventEnvelope event(FakeConfab confab, String conversation, long sequence) {
    return EventJson.read(confab.read(conversation, sequence, 1).get(0).envelope());
  }

  private static String body(FakeConfab confab, String conversation, long sequence) {
    return new String(
        confab.read(conversation, sequence, 1).get(0).envelope(),
        java.nio.charset.StandardCharsets.UTF_8);
  }

  private static boolean removes(FakeConfab confab, String c, long sequence, String user) {
    return event(confab, c, sequence).event() instanceof MemberRemoved removed
        && removed.member().equals(user);
  }

  private static boolean adds(FakeConfab confab, String c, long sequence, String user) {
    var event = event(confab, c, sequence).event();
    return event instanceof MembersAdded added
            && added.members().stream().anyMatch(member -> member.user().equals(user))
        || event instanceof ConversationStarted started
            && started.members().stream().anyMatch(member -> member.user().equals(user));
  }
}
