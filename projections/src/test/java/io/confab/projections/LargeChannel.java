package io.confab.projections;

import io.confab.events.ConversationEvent.ConversationStarted;
import io.confab.events.EventEnvelope;
import io.confab.events.Kind;
import io.confab.events.Member;
import io.confab.events.Role;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

final class LargeChannel {
  private LargeChannel() {}

  static EventEnvelope started(String conversation, int members) {
    List<Member> all = new ArrayList<>();
    for (int i = 0; i < members; i++) {
      all.add(new Member("member-" + i, i == 0 ? Role.OWNER : Role.MEMBER));
    }
    return new EventEnvelope(
        conversation,
        0,
        Instant.parse("2026-11-24T09:00:00Z"),
        "member-0",
        new ConversationStarted(Kind.CHANNEL, "all", all));
  }
}
