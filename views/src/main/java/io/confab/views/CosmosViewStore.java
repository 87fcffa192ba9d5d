package io.confab.views;

import io.confab.cosmos.ContainerDescription;
import io.confab.cosmos.CosmosConnection;
import io.confab.views.CosmosLiveView.Generations;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * The views in Cosmos DB, read and written by as many processes as there are. The layout of the
 * documents is in the package's documentation.
 *
 * <p>What differs from a store of one process:
 *
 * <ul>
 *   <li>A batch is not one write. Each conversation in it is, as far as anyone can tell who
 *       compares sequences; a batch that failed may be in the view in part, and is completed by
 *       applying its events again. Everything is durable when {@link ViewWriter#apply} returns.
 *   <li>Several writers may bring different conversations at once, in one process or in many, and
 *       the same one as well: who is late finds its events applied.
 *   <li>A position is one writer's. Where one process applies the whole log, it is as {@link
 *       ViewWriter} says. Where several share the log out, it is the furthest that any of them has
 *       named, and says nothing of the others: they keep their places elsewhere, name -1 here, and
 *       who waits for an event asks {@link #awaitApplied}.
 *   <li>Who waits for what another process applies finds it within 250 ms.
 *   <li>After a rebuild, readers of other processes may see the generation before for a second.
 * </ul>
 */
public final class CosmosViewStore implements ViewStore, SharedRebuilds {

  /** Conversations of which one process folds and writes the events at a time. */
  private static final int THREADS = 32;

  private static final ContainerDescription VIEWS =
      ContainerDescription.of("views", "/view").indexedOnlyBy("/gone/?");

  private final ExecutorService threads;
  private final ScheduledExecutorService later;
  private final CosmosLiveView<HistoryContainer> history;
  private final CosmosLiveView<ConversationContainers> conversations;
  private final CosmosReadMarkers markers;
  private volatile boolean closed;

  private CosmosViewStore(
      ExecutorService threads,
      ScheduledExecutorService later,
      CosmosLiveView<HistoryContainer> history,
      CosmosLiveView<ConversationContainers> conversations,
      CosmosReadMarkers markers) {
    this.threads = threads;
    this.later = later;
    this.history = history;
    this.conversations = conversations;
    this.markers = markers;
  }

  /**
   * Opens the views in the connection's database. Containers that are missing are created as the
   * connection's settings say.
   *
   * @param connection stays open when the store is closed
   * @throws io.confab.cosmos.CosmosOpenException where a container is missing or not as it must be
   * @throws ViewStoreException where Cosmos DB does not answer
   */
  public static CosmosViewStore open(CosmosConnection connection) {
    return open(connection, CosmosLayout.DEFAULT);
  }

  static CosmosViewStore open(CosmosConnection connection, CosmosLayout layout) {
    connection.ensureContainer(VIEWS);
    connection.ensureContainer(CosmosReadMarkers.CONTAINER);
    ExecutorService threads = Executors.newFixedThreadPool(THREADS, daemons("cosmos-views"));
    ScheduledExecutorService later =
        Executors.newSingleThreadScheduledExecutor(daemons("cosmos-views-retired"));
    boolean opened = false;
    try {
      CosmosContainer views = new CosmosContainer(connection, VIEWS.name(), "view");
      CosmosViewStore store =
          new CosmosViewStore(
              threads,
              later,
              CosmosLiveView.open(
                  View.HISTORY,
                  new CosmosPointer(views, View.HISTORY),
                  new HistoryGenerations(connection, layout, views),
                  threads,
                  later),
              CosmosLiveView.open(
                  View.CONVERSATIONS,
                  new CosmosPointer(views, View.CONVERSATIONS),
                  new ConversationGenerations(connection, layout, views),
                  threads,
                  later),
              new CosmosReadMarkers(
                  new CosmosContainer(
                      connection, CosmosReadMarkers.CONTAINER.name(), CosmosReadMarkers.PATH)));
      opened = true;
      return store;
    } finally {
      if (!opened) {
        threads.shutdown();
        later.shutdown();
      }
    }
  }

  private static ThreadFactory daemons(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  /** The first generation has the plain name. */
  private static String container(String name, int generation) {
    return generation == 1 ? name : name + "-" + generation;
  }

  private record HistoryGenerations(
      CosmosConnection connection, CosmosLayout layout, CosmosContainer views)
      implements Generations<HistoryContainer> {

    private static String name(int number) {
      return container("history", number);
    }

    @Override
    public void create(int number) {
      connection.ensureContainer(HistoryContainer.description(name(number)));
    }

    @Override
    public HistoryContainer open(int number) {
      return new HistoryContainer(connection, layout, name(number));
    }

    @Override
    public CosmosPosition position(int number) {
      return new CosmosPosition(views, View.HISTORY, number);
    }

    @Override
    public void drop(int number) {
      connection.dropContainer(name(number));
    }
  }

  private record ConversationGenerations(
      CosmosConnection connection, CosmosLayout layout, CosmosContainer views)
      implements Generations<ConversationContainers> {

    private static String conversations(int number) {
      return container("conversations", number);
    }

    private static String users(int number) {
      return container("users", number);
    }

    @Override
    public void create(int number) {
      connection.ensureContainer(ConversationContainers.conversations(conversations(number)));
      connection.ensureContainer(ConversationContainers.users(users(number)));
    }

    @Override
    public ConversationContainers open(int number) {
      return new ConversationContainers(connection, layout, conversations(number), users(number));
    }

    @Override
    public CosmosPosition position(int number) {
      return new CosmosPosition(views, View.CONVERSATIONS, number);
    }

    @Override
    public void drop(int number) {
      connection.dropContainer(conversations(number));
      connection.dropContainer(users(number));
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
  public SharedRebuilds.Numbers numbers(View view) {
    return of(view).numbers();
  }

  @Override
  public boolean begin(View view, SharedRebuilds.Numbers before) {
    return of(view).begin(before);
  }

  @Override
  public Rebuild join(View view, int generation) {
    return of(view).join(generation);
  }

  @Override
  public boolean abandon(View view, int generation) {
    return of(view).abandon(generation);
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
    return conversations.reading().conversation(conversation);
  }

  @Override
  public @Nullable MemberView member(String conversation, String user) {
    MembershipView membership = membership(user, conversation);
    return membership == null ? null : ConversationContainers.member(membership);
  }

  @Override
  public List<MemberView> members(String conversation, @Nullable String after, int limit) {
    return conversations.reading().members(conversation, after, limit);
  }

  @Override
  public List<MembershipView> memberships(String user) {
    return conversations.reading().memberships(user);
  }

  @Override
  public @Nullable MembershipView membership(String user, String conversation) {
    return conversations.reading().membership(conversation, user);
  }

  @Override
  public @Nullable MessageView message(String conversation, long sequence) {
    return history.reading().message(conversation, sequence);
  }

  @Override
  public List<MessageView> messagesBefore(String conversation, long before, int limit) {
    return history.reading().before(conversation, before, limit);
  }

  @Override
  public List<MessageView> messagesAfter(String conversation, long after, int limit) {
    return history.reading().after(conversation, after, limit);
  }

  @Override
  public List<MessageView> replies(String conversation, long root, long after, int limit) {
    return history.reading().replies(conversation, root, after, limit);
  }

  @Override
  public List<ReactionView> reactions(String conversation, long message) {
    return history.reading().reactions(conversation, message);
  }

  @Override
  public List<String> reactionsOf(String conversation, long message, String user) {
    return history.reading().reactionsOf(conversation, message, user);
  }

  @Override
  public long sentBy(String conversation, String user, long upTo) {
    return conversations.reading().sentBy(conversation, user, upTo);
  }

  @Override
  public ReadMarker readMarker(String conversation, String user) {
    usable();
    return markers.get(conversation, user);
  }

  @Override
  public ReadMarker advance(String conversation, String user, ReadMarker marker) {
    usable();
    return markers.advance(conversation, user, marker);
  }

  private void usable() {
    if (closed) {
      throw new ViewStoreException("the views are closed", null);
    }
  }

  @Override
  public void close() {
    closed = true;
    history.close();
    conversations.close();
    later.shutdownNow();
    threads.shutdown();
  }

  private CosmosLiveView<?> of(View view) {
    return switch (view) {
      case HISTORY -> history;
      case CONVERSATIONS -> conversations;
    };
  }
}
