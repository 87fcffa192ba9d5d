package io.confab.views;

import io.confab.events.Kind;
import io.confab.events.Role;
import io.confab.views.ConversationView.LastMessage;
import io.confab.views.ViewReader.View;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Keys and rows of {@link View#CONVERSATIONS}; the layout is in the package's documentation. */
final class ConversationRows {
  private static final Kind[] KINDS = {Kind.DIRECT, Kind.GROUP, Kind.CHANNEL};
  private static final Role[] ROLES = {Role.OWNER, Role.MEMBER};

  private ConversationRows() {}

  static byte[] summary(String conversation) {
    return Key.in('c', conversation).bytes();
  }

  static byte[] members(String conversation) {
    return Key.in('m', conversation).bytes();
  }

  static byte[] member(String conversation, String user) {
    return Key.in('m', conversation).last(user).bytes();
  }

  static byte[] memberships(String user) {
    return Key.in('u', user).bytes();
  }

  static byte[] membership(String user, String conversation) {
    return Key.in('u', user).last(conversation).bytes();
  }

  static byte[] sent(String conversation, String user) {
    return Key.in('s', conversation).text(user).bytes();
  }

  static byte[] sent(String conversation, String user, long sequence) {
    return Key.in('s', conversation).text(user).sequence(sequence).bytes();
  }

  /** How many messages of the main view the user has sent up to that sequence. */
  static long readSent(Family family, String conversation, String user, long upTo) {
    if (upTo < 0) {
      return 0;
    }
    List<Long> last =
        family.descending(
            sent(conversation, user),
            sent(conversation, user, upTo),
            1,
            (key, value) -> new BinaryReader(value).number());
    return last.isEmpty() ? 0 : last.get(0);
  }

  static byte[] bytes(ConversationView view) {
    BinaryWriter out =
        new BinaryWriter()
            .octet(indexOf(KINDS, view.kind()))
            .optionalText(view.title())
            .number(view.head())
            .number(view.memberCount())
            .number(view.messageCount())
            .instant(view.startedAt())
            .instant(view.lastEventAt());
    LastMessage last = view.lastMessage();
    if (last == null) {
      return out.octet(0).bytes();
    }
    return out.octet(1)
        .number(last.sequence())
        .text(last.by())
        .instant(last.at())
        .text(last.body())
        .octet(last.deleted() ? 1 : 0)
        .bytes();
  }

  static @Nullable ConversationView readSummary(Family family, String conversation) {
    byte[] stored = family.get(summary(conversation));
    if (stored == null) {
      return null;
    }
    BinaryReader in = new BinaryReader(stored);
    Kind kind = KINDS[in.octet()];
    String title = in.optionalText();
    long head = in.number();
    int memberCount = (int) in.number();
    long messageCount = in.number();
    Instant startedAt = in.instant();
    Instant lastEventAt = in.instant();
    LastMessage last =
        in.octet() == 0
            ? null
            : new LastMessage(in.number(), in.text(), in.instant(), in.text(), in.octet() == 1);
    return new ConversationView(
        conversation, kind, title, head, memberCount, messageCount, last, startedAt, lastEventAt);
  }

  static long readApplied(Family family, String conversation) {
    ConversationView view = readSummary(family, conversation);
    return view == null ? -1 : view.head();
  }

  static byte[] bytes(MemberView member) {
    return new BinaryWriter().octet(indexOf(ROLES, member.role())).instant(member.since()).bytes();
  }

  static MemberView member(String user, byte[] stored) {
    BinaryReader in = new BinaryReader(stored);
    return new MemberView(user, ROLES[in.octet()], in.instant());
  }

  static byte[] bytes(MembershipView membership) {
    return new BinaryWriter()
        .octet(indexOf(ROLES, membership.role()))
        .instant(membership.since())
        .number(membership.joinedOrdinal())
        .number(membership.joinedOwn())
        .bytes();
  }

  static MembershipView membership(String user, String conversation, byte[] stored) {
    BinaryReader in = new BinaryReader(stored);
    return new MembershipView(
        user, conversation, ROLES[in.octet()], in.instant(), in.number(), in.number());
  }

  static @Nullable MembershipView readMembership(Family family, String user, String conversation) {
    byte[] stored = family.get(membership(user, conversation));
    return stored == null ? null : membership(user, conversation, stored);
  }

  /** The stored number of a constant: its place in an array that is only added to. */
  private static <T> int indexOf(T[] stored, T value) {
    for (int i = 0; i < stored.length; i++) {
      if (stored[i] == value) {
        return i;
      }
    }
    throw new IllegalArgumentException(value + " has no stored number");
  }
}
