package io.confab.views;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The views in one RocksDB of this process. The layout of its keys is in the package's
 * documentation. Views are written without a sync, which {@link ViewWriter} allows; read markers
 * and the switch after a rebuild with one.
 */
public final class RocksDbViewStore implements ViewStore {
  /** How much of the views is kept in memory where nothing else is said: 64 MiB. */
  public static final long DEFAULT_CACHE_BYTES = 64L << 20;

  private final Database database;
  private final LiveView history;
  private final LiveView conversations;
  private final ReadMarkers markers;

  private RocksDbViewStore(Database database) {
    this.database = database;
    this.history = new LiveView(database, View.HISTORY, HistoryRows::readApplied);
    this.conversations = new LiveView(database, View.CONVERSATIONS, ConversationRows::readApplied);
    this.markers = new ReadMarkers(database.markers(), database.synced(), this::sentBy);
  }

  /** Opens the store with {@link #DEFAULT_CACHE_BYTES}. */
  public static RocksDbViewStore open(Path directory) {
    return open(directory, DEFAULT_CACHE_BYTES);
  }

  /**
   * Opens the store in {@code directory}, which is made where it is missing. Views that another
   * format of this store wrote, and what a rebuild left half built, are removed; read markers
   * never.
   *
   * @throws ViewStoreException where it cannot be opened, as when another process holds it
   */
  public static RocksDbViewStore open(Path directory, long cacheBytes) {
    Database database = Database.open(directory, cacheBytes);
    try {
      return new RocksDbViewStore(database);
    } catch (RuntimeException e) {
      database.close();
      throw e;
    }
  }

  @Override
  public ViewWriter live(View view) {
    return of(view);
  }

  @Override
  public Rebuild rebuild(View view) {
    return of(view).rebuild();
  }

  @Override
  public long applied(View view, String conversation) {
    return of(view).applied(conversation);
  }

  @Override
  public boolean awaitApplied(View view, String conversation, long sequence, Duration timeout)
      throws InterruptedException {
    return of(view).awaitApplied(conversation, sequence, timeout);
  }

  @Override
  public boolean awaitPosition(View view, long position, Duration timeout)
      throws InterruptedException {
    return of(view).awaitPosition(position, timeout);
  }

  @Override
  public @Nullable ConversationView conversation(String conversation) {
    return conversations.read(family -> ConversationRows.readSummary(family, conversation));
  }

  @Override
  public @Nullable MemberView member(String conversation, String user) {
    return conversations.read(
        family -> {
          byte[] stored = family.get(ConversationRows.member(conversation, user));
          return stored == null ? null : ConversationRows.member(user, stored);
        });
  }

  @Override
  public List<MemberView> members(String conversation, @Nullable String after, int limit) {
    byte[] prefix = ConversationRows.members(conversation);
    byte[] from =
        after == null ? prefix : Key.successor(ConversationRows.member(conversation, after));
    return conversations.read(
        family ->
            family.ascending(
                prefix,
                from,
                limit,
                (key, value) -> ConversationRows.member(Key.tail(key, prefix.length), value)));
  }

  @Override
  public List<MembershipView> memberships(String user) {
    byte[] prefix = ConversationRows.memberships(user);
    return conversations.read(
        family ->
            family.ascending(
                prefix,
                prefix,
                Integer.MAX_VALUE,
                (key, value) ->
                    ConversationRows.membership(user, Key.tail(key, prefix.length), value)));
  }

  @Override
  public @Nullable MembershipView membership(String user, String conversation) {
    return conversations.read(
        family -> ConversationRows.readMembership(family, user, conversation));
  }

  @Override
  public @Nullable MessageView message(String conversation, long sequence) {
    return history.read(
        family -> {
          MessageDocument message = HistoryRows.read(family, conversation, sequence);
          return message == null ? null : message.view(conversation);
        });
  }

  @Override
  public List<MessageView> messagesBefore(String conversation, long before, int limit) {
    if (before <= 0) {
      return List.of();
    }
    return history.read(
        family ->
            family.descending(
                HistoryRows.main(conversation),
                HistoryRows.main(conversation, before - 1),
                limit,
                (key, value) -> new MessageDocument(value).view(conversation)));
  }

  @Override
  public List<MessageView> messagesAfter(String conversation, long after, int limit) {
    byte[] main = HistoryRows.main(conversation);
    byte[] from = after < 0 ? main : Key.successor(HistoryRows.main(conversation, after));
    return ascending(conversation, main, from, limit);
  }

  @Override
  public List<MessageView> replies(String conversation, long root, long after, int limit) {
    byte[] thread = HistoryRows.thread(conversation, root);
    byte[] from = after < 0 ? thread : Key.successor(HistoryRows.reply(conversation, root, after));
    return ascending(conversation, thread, from, limit);
  }

  private List<MessageView> ascending(String conversation, byte[] prefix, byte[] from, int limit) {
    return history.read(
        family ->
            family.ascending(
                prefix,
                from,
                limit,
                (key, value) -> new MessageDocument(value).view(conversation)));
  }

  @Override
  public List<ReactionView> reactions(String conversation, long message) {
    return history.read(family -> HistoryRows.readReactions(family, conversation, message));
  }

  @Override
  public List<String> reactionsOf(String conversation, long message, String user) {
    byte[] prefix = HistoryRows.reactionsOf(conversation, message, user);
    return history.read(
        family ->
            family.ascending(
                prefix, prefix, Integer.MAX_VALUE, (key, value) -> Key.tail(key, prefix.length)));
  }

  @Override
  public long sentBy(String conversation, String user, long upTo) {
    return conversations.read(
        family -> ConversationRows.readSent(family, conversation, user, upTo));
  }

  @Override
  public ReadMarker readMarker(String conversation, String user) {
    return database.use(() -> markers.get(conversation, user));
  }

  @Override
  public ReadMarker advance(String conversation, String user, ReadMarker marker) {
    return database.use(() -> markers.advance(conversation, user, marker));
  }

  @Override
  public void close() {
    database.close();
  }

  private LiveView of(View view) {
    return switch (view) {
      case HISTORY -> history;
      case CONVERSATIONS -> conversations;
    };
  }
}
