package io.confab.bench;

import io.confab.events.ConversationCommand.SendMessage;
import io.confab.events.ConversationCommand.StartConversation;
import io.confab.events.Kind;
import io.confab.events.MessageContent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the callers send: 64 people, all of them members of every conversation, each with one
 * message in flight, to any conversation or all to the first.
 *
 * @param conversations how many there are to choose from
 */
record Workload(int conversations, AtomicLong sent) {
  static final int CALLERS = 64;

  private static final String BODY =
      "The build is green again, and the release notes are in the usual place; have a look, "
          + "and say so here if anything in them is wrong.";

  static Workload of(int conversations) {
    return new Workload(conversations, new AtomicLong());
  }

  List<StartConversation> starts() {
    List<String> members = new ArrayList<>();
    for (int caller = 1; caller < CALLERS; caller++) {
      members.add(user(caller));
    }
    List<StartConversation> starts = new ArrayList<>();
    for (int i = 0; i < conversations; i++) {
      starts.add(
          new StartConversation(
              conversation(i), user(0), Instant.now(), Kind.GROUP, "bench", members));
    }
    return starts;
  }

  /** The caller's next message. */
  SendMessage next(int caller) {
    int conversation = conversations == 1 ? 0 : ThreadLocalRandom.current().nextInt(conversations);
    return new SendMessage(
        conversation(conversation),
        user(caller),
        Instant.now(),
        MessageContent.of(BODY, "m-" + sent.incrementAndGet()));
  }

  private static String user(int caller) {
    return "member-" + caller;
  }

  /** As long as a generated id. */
  static String conversation(int index) {
    String number = String.valueOf(index);
    return "c-00000000000000000000000000".substring(0, 28 - number.length()) + number;
  }
}
