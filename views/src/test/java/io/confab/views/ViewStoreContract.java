package io.confab.views;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confab.events.ConversationEvent;
import io.confab.events.ConversationEvent.ConversationStarted;
import io.confab.events.ConversationEvent.MemberRemoved;
import io.confab.events.ConversationEvent.MembersAdded;
import io.confab.events.ConversationEvent.MessageDeleted;
import io.confab.events.ConversationEvent.MessageEdited;
import io.confab.events.ConversationEvent.MessagePinned;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.ConversationEvent.ReactionAdded;
import io.confab.events.ConversationEvent.ReactionRemoved;
import io.confab.events.ConversationEvent.ReplySent;
import io.confab.events.EventEnvelope;
import io.confab.events.Kind;
import io.confab.events.Member;
import io.confab.events.MessageContent;
import io.confab.events.Role;
import io.confab.views.ViewReader.View;
import io.confab.views.ViewStore.Rebuild;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every {@link ViewStore} must do; each store's test extends it. */
public abstract class ViewStoreContract {
  private static final Instant START = Instant.parse("2026-11-24T09:00:00Z");
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final String C = "c-1";

  @TempDir Path directory;

  private ViewStore views;
  private final List<EventEnvelope> log = new ArrayList<>();

  /** Opens the store that keeps its data there, or finds what it kept there before. */
  protected abstract ViewStore open(Path directory);

  @BeforeEach
  void openStore() {
    views = open(directory);
  }

  @AfterEach
  void closeStore() {
    views.close();
  }

  @Test
  void anEmptyStoreKnowsNothing() throws Exception {
    for (View view : View.values()) {
      assertThat(views.live(view).position()).isEqualTo(-1);
      assertThat(views.applied(view, C)).isEqualTo(-1);
      assertThat(views.awaitApplied(view, C, -1, Duration.ZERO)).isTrue();
      assertThat(views.awaitApplied(view, C, 0, Duration.ofMillis(1))).isFalse();
    }
    assertThat(views.conversation(C)).isNull();
    assertThat(views.member(C, "ann")).isNull();
    assertThat(views.members(C, null, 10)).isEmpty();
    assertThat(views.memberships("ann")).isEmpty();
    assertThat(views.membership("ann", C)).isNull();
    assertThat(views.message(C, 0)).isNull();
    assertThat(views.messagesBefore(C, Long.MAX_VALUE, 10)).isEmpty();
    assertThat(views.messagesAfter(C, -1, 10)).isEmpty();
    assertThat(views.replies(C, 0, -1, 10)).isEmpty();
    assertThat(views.reactions(C, 0)).isEmpty();
    assertThat(views.sentBy(C, "ann", Long.MAX_VALUE)).isZero();
    assertThat(views.readMarker(C, "ann")).isEqualTo(ReadMarker.NONE);
  }

  @Test
  void positionAndDocumentsAreKeptTogether() {
    start("ann");
    sent("ann", "hello");
    applyAll();
    views.close();
    views = open(directory);
    for (View view : View.values()) {
      assertThat(views.live(view).position()).isEqualTo(1);
      assertThat(views.applied(view, C)).isEqualTo(1);
    }
    assertThat(views.message(C, 1).body()).isEqualTo("hello");
  }

  @Test
  void whatWasAppliedIsSkipped() {
    start("ann", "bob");
    long message = sent("ann", "hello");
    add("bob", new ReactionAdded(message, "👍"));
    add("bob", new ReplySent(message, MessageContent.of("hi")));
    applyAll();
    applyAll();
    views.live(View.HISTORY).apply(log.subList(2, 4), 1);
    assertThat(views.live(View.HISTORY).position()).isEqualTo(3);
    assertThat(views.message(C, message).replyCount()).isEqualTo(1);
    assertThat(views.message(C, message).reactions()).isEqualTo(Map.of("👍", 1));
    assertThat(views.conversation(C).memberCount()).isEqualTo(2);
  }

  @Test
  void aHoleIsRefusedAndNothingIsWritten() {
    start("ann");
    sent("ann", "one");
    sent("ann", "two");
    for (View view : View.values()) {
      assertThatThrownBy(() -> views.live(view).apply(List.of(log.get(0), log.get(2)), 2))
          .isInstanceOf(SequenceHoleException.class)
          .hasMessage("conversation c-1: 2 offered, 0 applied");
      assertThat(views.live(view).position()).isEqualTo(-1);
      assertThat(views.applied(view, C)).isEqualTo(-1);
    }
  }

  @Test
  void repliesAreInTheirThreadAndNotInTheMainView() {
    start("ann");
    long root = sent("ann", "root");
    long other = sent("ann", "other");
    long first = add("ann", new ReplySent(root, MessageContent.of("first")));
    long second = add("ann", new ReplySent(root, MessageContent.of("second")));
    applyAll();
    assertThat(views.messagesAfter(C, -1, 10))
        .extracting(MessageView::sequence)
        .containsExactly(root, other);
    assertThat(views.replies(C, root, -1, 10))
        .extracting(MessageView::sequence)
        .containsExactly(first, second);
    assertThat(views.replies(C, root, first, 10))
        .extracting(MessageView::sequence)
        .containsExactly(second);
    assertThat(views.replies(C, other, -1, 10)).isEmpty();
    assertThat(views.message(C, first).root()).isEqualTo(root);
    assertThat(views.message(C, first).ordinal()).isZero();
    assertThat(views.message(C, root).replyCount()).isEqualTo(2);
    assertThat(views.message(C, root).lastReplyAt()).isEqualTo(at(second));
  }

  @Test
  void aDeletedReplyIsInItsThreadButDoesNotCount() {
    start("ann");
    long root = sent("ann", "root");
    long first = add("ann", new ReplySent(root, MessageContent.of("first")));
    long second = add("ann", new ReplySent(root, MessageContent.of("second")));
    add("ann", new MessageDeleted(second));
    add("ann", new MessageDeleted(second));
    applyAll();
    assertThat(views.message(C, root).replyCount()).isEqualTo(1);
    assertThat(views.message(C, root).lastReplyAt()).isEqualTo(at(second));
    add("ann", new MessageDeleted(first));
    applyAll();
    assertThat(views.message(C, root).replyCount()).isZero();
    assertThat(views.message(C, root).lastReplyAt()).isNull();
    assertThat(views.replies(C, root, -1, 10)).hasSize(2).allMatch(MessageView::deleted);
    long third = add("ann", new ReplySent(root, MessageContent.of("third")));
    applyAll();
    assertThat(views.message(C, root).replyCount()).isEqualTo(1);
    assertThat(views.message(C, root).lastReplyAt()).isEqualTo(at(third));
  }

  @Test
  void aDeletedMessageIsATombstone() {
    start("ann", "bob");
    long message = sent("ann", "hello");
    add("bob", new ReactionAdded(message, "👍"));
    add("bob", new MessagePinned(message));
    applyAll();
    assertThat(views.message(C, message).pinned()).isTrue();
    add("ann", new ReactionAdded(message, "🎉"));
    add("ann", new MessageDeleted(message));
    add("bob", new ReactionAdded(message, "👍"));
    add("bob", new MessageEdited(message, "back"));
    applyAll();
    MessageView tombstone = views.message(C, message);
    assertThat(tombstone.deleted()).isTrue();
    assertThat(tombstone.body()).isEmpty();
    assertThat(tombstone.pinned()).isFalse();
    assertThat(tombstone.reactions()).isEmpty();
    assertThat(views.reactions(C, message)).isEmpty();
    assertThat(views.reactionsOf(C, message, "bob")).isEmpty();
    assertThat(views.conversation(C).lastMessage().deleted()).isTrue();
    assertThat(views.conversation(C).lastMessage().body()).isEmpty();
  }

  @Test
  void reactionsCountPeople() {
    start("ann", "bob");
    long message = sent("ann", "hello");
    add("bob", new ReactionAdded(message, "👍"));
    add("bob", new ReactionAdded(message, "👍"));
    add("ann", new ReactionAdded(message, "👍"));
    add("ann", new ReactionAdded(message, "🎉"));
    applyAll();
    assertThat(views.message(C, message).reactions()).isEqualTo(Map.of("👍", 2, "🎉", 1));
    add("bob", new ReactionRemoved(message, "👍"));
    add("bob", new ReactionRemoved(message, "👍"));
    add("ann", new ReactionRemoved(message, "🎉"));
    applyAll();
    assertThat(views.message(C, message).reactions()).isEqualTo(Map.of("👍", 1));
    assertThat(views.reactions(C, message)).extracting(ReactionView::user).containsExactly("ann");
    assertThat(views.reactionsOf(C, message, "ann")).containsExactly("👍");
    assertThat(views.reactionsOf(C, message, "bob")).isEmpty();
  }

  @Test
  void pagesMeetWithoutGapOrOverlap() {
    start("ann");
    for (int i = 1; i <= 25; i++) {
      sent("ann", "m" + i);
    }
    applyAll();
    assertThat(views.messagesBefore(C, 10, 4))
        .extracting(MessageView::sequence)
        .containsExactly(9L, 8L, 7L, 6L);
    assertThat(views.messagesAfter(C, 9, 3))
        .extracting(MessageView::sequence)
        .containsExactly(10L, 11L, 12L);
    assertThat(views.messagesBefore(C, 1, 4)).isEmpty();
    assertThat(views.messagesAfter(C, 25, 4)).isEmpty();
    assertThat(views.messagesAfter(C, Long.MAX_VALUE, 4)).isEmpty();
    assertThat(views.messagesBefore(C, Long.MAX_VALUE, 1))
        .extracting(MessageView::ordinal)
        .containsExactly(25L);
  }

  @Test
  void oneConversationIsNotSeenInAnotherWhoseIdBeginsTheSame() {
    for (String conversation : List.of("c", "c-1", "c-10")) {
      for (View view : View.values()) {
        views
            .live(view)
            .apply(
                List.of(
                    new EventEnvelope(
                        conversation, 0, START, "ann", started(List.of("ann", "bob"))),
                    new EventEnvelope(
                        conversation,
                        1,
                        START,
                        "ann",
                        new MessageSent(1, MessageContent.of(conversation)))),
                1);
      }
    }
    for (String conversation : List.of("c", "c-1", "c-10")) {
      assertThat(views.messagesAfter(conversation, -1, 10))
          .extracting(MessageView::body)
          .containsExactly(conversation);
      assertThat(views.members(conversation, null, 10)).hasSize(2);
    }
    assertThat(views.memberships("ann"))
        .extracting(MembershipView::conversation)
        .containsExactly("c", "c-1", "c-10");
  }

  @Test
  void whoJoinsAgainBeginsAnew() {
    start("ann", "bob");
    sent("bob", "one");
    add("ann", new MemberRemoved("bob"));
    applyAll();
    assertThat(views.membership("bob", C)).isNull();
    assertThat(views.member(C, "bob")).isNull();
    assertThat(views.memberships("bob")).isEmpty();
    assertThat(views.conversation(C).memberCount()).isEqualTo(1);
    sent("ann", "two");
    long join = add("ann", new MembersAdded(List.of(new Member("bob", Role.OWNER))));
    sent("ann", "three");
    applyAll();
    MembershipView bob = views.membership("bob", C);
    assertThat(bob).isEqualTo(new MembershipView("bob", C, Role.OWNER, at(join), 2, 1));
    assertThat(unread("bob")).isEqualTo(1);
    sent("bob", "four");
    applyAll();
    assertThat(unread("bob")).isEqualTo(1);
  }

  @Test
  void unreadIsWhatOthersSentBehindTheMarker() {
    start("ann", "bob");
    long one = sent("bob", "one");
    applyAll();
    assertThat(unread("ann")).isEqualTo(1);
    long two = sent("ann", "sending is not reading");
    applyAll();
    assertThat(unread("ann")).isEqualTo(1);
    assertThat(unread("bob")).isEqualTo(1);
    sent("bob", "three");
    sent("ann", "four");
    add("bob", new ReplySent(one, MessageContent.of("not of the main view")));
    add("bob", new MessageEdited(one, "edited"));
    add("bob", new MessageDeleted(one));
    applyAll();
    assertThat(unread("ann")).isEqualTo(2);
    assertThat(views.sentBy(C, "ann", two - 1)).isZero();
    assertThat(views.sentBy(C, "ann", two)).isEqualTo(1);
    assertThat(views.sentBy(C, "ann", Long.MAX_VALUE)).isEqualTo(2);
    views.advance(C, "ann", new ReadMarker(one, 1, 0));
    assertThat(unread("ann")).isEqualTo(1);
    views.advance(C, "ann", new ReadMarker(two, 2, 1));
    assertThat(unread("ann")).isEqualTo(1);
    views.advance(C, "ann", new ReadMarker(log.size() - 1, 4, 2));
    assertThat(unread("ann")).isZero();
  }

  /** As when a message comes, and is read, between the reading of the summary and the rest. */
  @Test
  void unreadIsOfTheStateThatTheSummaryWasReadIn() {
    start("ann", "bob");
    sent("bob", "one");
    applyAll();
    ConversationView before = views.conversation(C);
    sent("ann", "two");
    sent("bob", "three");
    applyAll();
    MembershipView ann = views.membership("ann", C);
    assertThat(Unread.count(views, before, ann, ReadMarker.NONE)).isEqualTo(1);
    assertThat(Unread.count(views, before, ann, new ReadMarker(3, 3, 1))).isZero();
  }

  private long unread(String user) {
    return Unread.count(
        views, views.conversation(C), views.membership(user, C), views.readMarker(C, user));
  }

  @Test
  void aChannelOf25000StartsAndGrowsInOneBatch() {
    List<String> users = new ArrayList<>();
    for (int i = 0; i < 12_500; i++) {
      users.add("u" + i);
    }
    start(users.toArray(new String[0]));
    List<Member> more = new ArrayList<>();
    for (int i = 12_500; i < 25_000; i++) {
      more.add(new Member("u" + i, Role.MEMBER));
    }
    add("u0", new MembersAdded(more));
    applyAll();
    assertThat(views.conversation(C).memberCount()).isEqualTo(25_000);
    List<MemberView> page = views.members(C, "u123", 2);
    assertThat(page).extracting(MemberView::user).containsExactly("u1230", "u12300");
    assertThat(views.members(C, null, Integer.MAX_VALUE)).hasSize(25_000);
    assertThat(views.membership("u24999", C)).isNotNull();
  }

  @Test
  void theLastMessageShows200CharactersAndCutsNoneInTwo() {
    start("ann");
    sent("ann", "😀".repeat(201));
    applyAll();
    assertThat(views.conversation(C).lastMessage().body()).isEqualTo("😀".repeat(200));
  }

  @Test
  void markersOnlyMoveForward() {
    assertThat(views.advance(C, "ann", new ReadMarker(10, 5, 0)))
        .isEqualTo(new ReadMarker(10, 5, 0));
    assertThat(views.advance(C, "ann", new ReadMarker(7, 3, 0)))
        .isEqualTo(new ReadMarker(10, 5, 0));
    assertThat(views.advance(C, "bob", new ReadMarker(0, 0, 0))).isEqualTo(new ReadMarker(0, 0, 0));
    views.close();
    views = open(directory);
    assertThat(views.readMarker(C, "ann")).isEqualTo(new ReadMarker(10, 5, 0));
    assertThat(views.readMarker(C, "bob")).isEqualTo(new ReadMarker(0, 0, 0));
  }

  @Test
  void markersThatRaceEndAtTheFurthest() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    List<Future<ReadMarker>> all = new ArrayList<>();
    for (int i = 1; i <= 200; i++) {
      long upTo = i * 37 % 200;
      all.add(threads.submit(() -> views.advance(C, "ann", new ReadMarker(upTo, upTo, 0))));
    }
    for (Future<ReadMarker> one : all) {
      one.get();
    }
    threads.shutdown();
    assertThat(views.readMarker(C, "ann")).isEqualTo(new ReadMarker(199, 199, 0));
  }

  @Test
  void waitersWakeWhenTheirSequenceIsApplied() throws Exception {
    start("ann");
    for (int i = 1; i <= 200; i++) {
      sent("ann", "m" + i);
    }
    ExecutorService threads = Executors.newCachedThreadPool();
    List<Future<Boolean>> waiting = new ArrayList<>();
    for (EventEnvelope e : log) {
      waiting.add(threads.submit(() -> views.awaitApplied(View.HISTORY, C, e.sequence(), LONG)));
    }
    Future<Boolean> position = threads.submit(() -> views.awaitPosition(View.HISTORY, 200, LONG));
    for (EventEnvelope e : log) {
      views.live(View.HISTORY).apply(List.of(e), e.sequence());
      assertThat(waiting.get((int) e.sequence()).get(60, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(position.get(60, TimeUnit.SECONDS)).isTrue();
    assertThat(views.awaitPosition(View.CONVERSATIONS, 0, Duration.ofMillis(1))).isFalse();
    threads.shutdown();
  }

  @Test
  void aRebuildReplacesTheLiveViewWhenItHasCaughtUp() throws Exception {
    start("ann", "bob");
    long message = sent("ann", "hello");
    applyAll();
    views.advance(C, "bob", new ReadMarker(1, 1, 0));
    for (View view : View.values()) {
      Rebuild rebuild = views.rebuild(view);
      assertThatThrownBy(() -> views.rebuild(view)).isInstanceOf(IllegalStateException.class);
      assertThat(rebuild.switchOver()).isFalse();
      rebuild.apply(log.subList(0, 1), 0);
      assertThat(rebuild.switchOver()).isFalse();
      assertThat(views.applied(view, C)).isEqualTo(1);
      rebuild.apply(log.subList(0, 2), 1);
      assertThat(rebuild.switchOver()).isTrue();
      rebuild.close();
      assertThat(views.live(view).position()).isEqualTo(1);
      assertThat(views.applied(view, C)).isEqualTo(1);
    }
    add("bob", new ReactionAdded(message, "👍"));
    applyAll();
    views.close();
    views = open(directory);
    assertThat(views.message(C, message).reactions()).isEqualTo(Map.of("👍", 1));
    assertThat(views.conversation(C).head()).isEqualTo(2);
    assertThat(views.readMarker(C, "bob")).isEqualTo(new ReadMarker(1, 1, 0));
  }

  @Test
  void theSwitchWakesWhomTheNewGenerationSatisfies() throws Exception {
    start("ann");
    sent("ann", "hello");
    Rebuild rebuild = views.rebuild(View.HISTORY);
    rebuild.apply(log, 1);
    CompletableFuture<Boolean> waiting =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return views.awaitApplied(View.HISTORY, C, 1, LONG);
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    assertThat(rebuild.switchOver()).isTrue();
    assertThat(waiting.get(60, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aRebuildThatHoldsTheLiveWriterReachesIt() throws Exception {
    start("ann");
    int messages = 400;
    for (int i = 1; i <= messages; i++) {
      sent("ann", "m" + i);
    }
    CountDownLatch writing = new CountDownLatch(100);
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(
            () -> {
              for (EventEnvelope e : log) {
                views.live(View.HISTORY).apply(List.of(e), e.sequence());
                writing.countDown();
              }
            });
    assertThat(writing.await(60, TimeUnit.SECONDS)).isTrue();
    try (Rebuild rebuild = views.rebuild(View.HISTORY)) {
      assertThat(rebuild.holdLive(LONG)).isTrue();
      int position = (int) views.live(View.HISTORY).position();
      rebuild.apply(log.subList(0, position + 1), position);
      assertThat(rebuild.switchOver()).isTrue();
    }
    writer.get(60, TimeUnit.SECONDS);
    assertThat(views.applied(View.HISTORY, C)).isEqualTo(messages);
    assertThat(views.messagesAfter(C, -1, 3_000)).hasSize(messages);
    Rebuild closed = views.rebuild(View.HISTORY);
    assertThat(closed.holdLive(LONG)).isTrue();
    closed.letGo();
    applyAll();
    assertThat(closed.holdLive(LONG)).isTrue();
    closed.close();
    applyAll();
  }

  @Test
  void aRebuildThatIsLeftIsGone() {
    start("ann");
    sent("ann", "hello");
    applyAll();
    views.rebuild(View.HISTORY).apply(log.subList(0, 1), 0);
    views.close();
    views = open(directory);
    assertThat(views.applied(View.HISTORY, C)).isEqualTo(1);
    try (Rebuild rebuild = views.rebuild(View.HISTORY)) {
      assertThat(rebuild.position()).isEqualTo(-1);
    }
    try (Rebuild rebuild = views.rebuild(View.HISTORY)) {
      assertThat(rebuild.position()).isEqualTo(-1);
    }
    assertThat(views.message(C, 1).body()).isEqualTo("hello");
  }

  @Test
  void readersNeverSeeAViewGoBackWhileItIsRebuilt() throws Exception {
    start("ann");
    for (int i = 1; i <= 100; i++) {
      sent("ann", "m" + i);
    }
    applyAll();
    AtomicBoolean over = new AtomicBoolean();
    CountDownLatch reading = new CountDownLatch(1);
    CompletableFuture<Void> reader =
        CompletableFuture.runAsync(
            () -> {
              while (!over.get()) {
                assertThat(views.applied(View.HISTORY, C)).isEqualTo(100);
                assertThat(views.messagesBefore(C, Long.MAX_VALUE, 200)).hasSize(100);
                reading.countDown();
              }
            });
    assertThat(reading.await(60, TimeUnit.SECONDS)).isTrue();
    for (int i = 0; i < 20; i++) {
      try (Rebuild rebuild = views.rebuild(View.HISTORY)) {
        rebuild.apply(log, 100);
        assertThat(rebuild.switchOver()).isTrue();
      }
    }
    over.set(true);
    reader.get(60, TimeUnit.SECONDS);
  }

  @Test
  void aClosedStoreSaysSo() {
    views.close();
    views.close();
    assertThatThrownBy(() -> views.conversation(C)).isInstanceOf(ViewStoreException.class);
    assertThatThrownBy(() -> views.advance(C, "ann", new ReadMarker(1, 1, 0)))
        .isInstanceOf(ViewStoreException.class);
    assertThatThrownBy(() -> views.live(View.HISTORY).apply(List.of(), 0))
        .isInstanceOf(ViewStoreException.class);
  }

  private void applyAll() {
    for (View view : View.values()) {
      views.live(view).apply(log, log.size() - 1);
    }
  }

  private long start(String... users) {
    return add(users[0], started(List.of(users)));
  }

  private static ConversationStarted started(List<String> users) {
    return new ConversationStarted(
        Kind.CHANNEL,
        "title",
        users.stream()
            .map(user -> new Member(user, user.equals(users.get(0)) ? Role.OWNER : Role.MEMBER))
            .toList());
  }

  private long sent(String by, String body) {
    long ordinal = 1 + log.stream().filter(e -> e.event() instanceof MessageSent).count();
    return add(by, new MessageSent(ordinal, MessageContent.of(body)));
  }

  private long add(String by, ConversationEvent event) {
    log.add(new EventEnvelope(C, log.size(), at(log.size()), by, event));
    return log.size() - 1;
  }

  private static Instant at(long sequence) {
    return START.plusSeconds(sequence);
  }
}
