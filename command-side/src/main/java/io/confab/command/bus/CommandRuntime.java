package io.confab.command.bus;

import io.confab.command.store.DurableEventStorageEngine;
import io.confab.events.CommandRejected;
import io.confab.events.CommandResult;
import io.confab.events.ConversationCommand;
import io.confab.events.RejectionCode;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.axonframework.commandhandling.CommandCallback;
import org.axonframework.commandhandling.CommandMessage;
import org.axonframework.commandhandling.CommandResultMessage;
import org.axonframework.commandhandling.GenericCommandMessage;
import org.axonframework.commandhandling.SimpleCommandBus;
import org.axonframework.common.lock.NullLockFactory;
import org.axonframework.eventsourcing.EventCountSnapshotTriggerDefinition;
import org.axonframework.eventsourcing.EventSourcingRepository;
import org.axonframework.eventsourcing.GenericAggregateFactory;
import org.axonframework.eventsourcing.eventstore.EmbeddedEventStore;
import org.axonframework.eventsourcing.eventstore.EventStore;
import org.axonframework.messaging.annotation.ClasspathHandlerDefinition;
import org.axonframework.messaging.annotation.ClasspathParameterResolverFactory;
import org.axonframework.messaging.annotation.MultiParameterResolverFactory;
import org.axonframework.messaging.annotation.ParameterResolverFactory;
import org.axonframework.messaging.annotation.SimpleResourceParameterResolverFactory;
import org.axonframework.modelling.command.AggregateAnnotationCommandHandler;
import org.axonframework.modelling.command.VersionedAggregateIdentifier;
import org.axonframework.modelling.command.inspection.AggregateModel;
import org.axonframework.modelling.command.inspection.AnnotatedAggregateMetaModelFactory;

/**
 * Runs the commands of conversations over a store that is durable later than it says yes. The way
 * it works, and the four rules that make it safe, are told in the package's description.
 *
 * <p>Safe for use by many threads.
 */
public final class CommandRuntime implements AutoCloseable {
  private final StripedCommandBus bus;
  private final DurableEventStore eventStore;
  private final CommandMetrics metrics;
  private final ThreadPoolExecutor snapshots;

  private CommandRuntime(
      StripedCommandBus bus,
      DurableEventStore eventStore,
      CommandMetrics metrics,
      ThreadPoolExecutor snapshots) {
    this.bus = bus;
    this.eventStore = eventStore;
    this.metrics = metrics;
    this.snapshots = snapshots;
  }

  /**
   * Starts the threads that run commands.
   *
   * @param aggregateType an Axon aggregate whose identifier is the conversation's id, and whose
   *     command handlers return a {@link CommandResult} or throw {@link CommandRejected}; may be
   *     {@link Weighed}
   * @param engine stays open when the runtime is closed
   * @param resources what the aggregate's handlers may ask for as parameters, by type
   */
  public static <A> CommandRuntime start(
      Class<A> aggregateType,
      DurableEventStorageEngine engine,
      CommandSettings settings,
      MeterRegistry registry,
      Object... resources) {
    CommandMetrics metrics = new CommandMetrics(registry);
    DurableEventStore eventStore = new DurableEventStore(EmbeddedEventStore.builder(), engine);
    ThreadPoolExecutor snapshots = snapshotThread();
    ParameterResolverFactory parameters =
        MultiParameterResolverFactory.ordered(
            ClasspathParameterResolverFactory.forClass(aggregateType),
            new SimpleResourceParameterResolverFactory(List.of(resources)));
    AggregateModel<A> model =
        AnnotatedAggregateMetaModelFactory.inspectAggregate(
            aggregateType, parameters, ClasspathHandlerDefinition.forClass(aggregateType));
    GenericAggregateFactory<A> factory = new GenericAggregateFactory<>(model);
    DurableSnapshotter snapshotter =
        new DurableSnapshotter(
            DurableSnapshotter.builder()
                .eventStore(eventStore)
                .executor(snapshots)
                .aggregateFactories(factory)
                .parameterResolverFactory(parameters),
            engine);
    StripeRepository<A> repository =
        new StripeRepository<>(
            EventSourcingRepository.builder(aggregateType)
                .aggregateModel(model)
                .aggregateFactory(factory)
                .eventStore(eventStore)
                .lockFactory(NullLockFactory.INSTANCE)
                .snapshotTriggerDefinition(
                    new EventCountSnapshotTriggerDefinition(snapshotter, settings.snapshotEvery())),
            engine,
            metrics::loaded);
    StripedCommandBus bus =
        new StripedCommandBus(SimpleCommandBus.builder(), settings, engine, metrics::ranAgain);
    // A rejection that published nothing has changed nothing: the aggregate may stay in memory.
    bus.setRollbackConfiguration(
        failure -> !(failure instanceof CommandRejected) || eventStore.published());
    AggregateAnnotationCommandHandler.<A>builder()
        .aggregateType(aggregateType)
        .aggregateModel(model)
        .repository(repository)
        .commandTargetResolver(CommandRuntime::target)
        .build()
        .subscribe(bus);
    metrics.gauge("queued", bus, StripedCommandBus::waiting);
    metrics.gauge("inflight", bus, StripedCommandBus::inFlight);
    metrics.gauge("cached", bus, StripedCommandBus::cached);
    metrics.gauge("epoch", engine, DurableEventStorageEngine::epoch);
    bus.start();
    return new CommandRuntime(bus, eventStore, metrics, snapshots);
  }

  private static ThreadPoolExecutor snapshotThread() {
    return new ThreadPoolExecutor(
        1,
        1,
        0,
        TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(),
        task -> {
          Thread thread = new Thread(task, "confab-snapshots");
          thread.setDaemon(true);
          return thread;
        });
  }

  private static VersionedAggregateIdentifier target(CommandMessage<?> command) {
    return new VersionedAggregateIdentifier(
        ((ConversationCommand) command.getPayload()).conversation(), null);
  }

  /**
   * Runs a command. Commands of one conversation that one thread sends run, and are answered, in
   * that order.
   *
   * <p>The future completes when all the answer rests on is durable, or exceptionally, always with
   * {@link CommandRejected}. With {@code unavailable} its detail says whether nothing was done or
   * the outcome is unknown. It is completed on a thread that completes all others too: what hangs
   * on it must be short, or use the {@code Async} methods.
   */
  public CompletableFuture<CommandResult> send(ConversationCommand command) {
    return send(new GenericCommandMessage<>(command));
  }

  /**
   * The same, unless it is too late. What the command appends rests on a state that was read while
   * {@code inTime} said yes, so it is never appended behind an event that came after that time.
   *
   * @param inTime asked whenever the command is about to be run, also once more after a conflict,
   *     and after its conversation was read from the store; where it says no, the command is
   *     refused as {@code unavailable} and nothing was done. Called on the stripes' threads: must
   *     be short
   */
  public CompletableFuture<CommandResult> send(
      ConversationCommand command, BooleanSupplier inTime) {
    return send(new GenericCommandMessage<>(command, Map.of(StripedCommandBus.IN_TIME, inTime)));
  }

  private CompletableFuture<CommandResult> send(
      GenericCommandMessage<ConversationCommand> message) {
    Reply reply = new Reply(message.getPayload(), metrics);
    bus.dispatch(message, reply);
    return reply.future;
  }

  /** The events, for tracking processors; their stream is woken when events are durable. */
  public EventStore eventStore() {
    return eventStore;
  }

  /**
   * Refuses what comes from here on as {@code unavailable}, and waits until what came before is
   * answered, at most for the setting {@code timeout}.
   */
  @Override
  public void close() {
    try {
      bus.close();
      snapshots.shutdown();
      if (!snapshots.awaitTermination(1, TimeUnit.SECONDS)) {
        snapshots.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      eventStore.shutDown();
    }
  }

  /** Turns the bus's answer into the caller's future. */
  private static final class Reply implements CommandCallback<ConversationCommand, Object> {
    private final CompletableFuture<CommandResult> future = new CompletableFuture<>();
    private final long sent = System.nanoTime();
    private final ConversationCommand command;
    private final CommandMetrics metrics;

    Reply(ConversationCommand command, CommandMetrics metrics) {
      this.command = command;
      this.metrics = metrics;
    }

    @Override
    public void onResult(
        CommandMessage<? extends ConversationCommand> message,
        CommandResultMessage<? extends Object> answer) {
      long nanos = System.nanoTime() - sent;
      if (!answer.isExceptional() && answer.getPayload() instanceof CommandResult result) {
        metrics.accepted(command, result.created(), nanos);
        future.complete(result);
        return;
      }
      CommandRejected refusal =
          answer.isExceptional()
              ? Refusals.of(answer.exceptionResult(), command.conversation())
              : new CommandRejected(
                  RejectionCode.INTERNAL_ERROR, "the command has no result", null, null);
      metrics.refused(command, refusal.code(), nanos);
      future.completeExceptionally(refusal);
    }
  }
}
