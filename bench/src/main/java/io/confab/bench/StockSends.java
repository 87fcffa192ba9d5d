package io.confab.bench;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.confab.command.conversation.Conversation;
import io.confab.command.conversation.ConversationSnapshotSerializer;
import io.confab.command.conversation.MessageLookup;
import io.confab.command.store.EnvelopeSerializer;
import io.confab.events.ConversationCommand;
import io.confab.events.EventEnvelope;
import io.confab.events.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.HdrHistogram.Histogram;
import org.axonframework.commandhandling.CommandBus;
import org.axonframework.commandhandling.GenericCommandMessage;
import org.axonframework.commandhandling.SimpleCommandBus;
import org.axonframework.commandhandling.callbacks.FutureCallback;
import org.axonframework.common.jdbc.ConnectionProvider;
import org.axonframework.common.jdbc.DataSourceConnectionProvider;
import org.axonframework.common.jdbc.UnitOfWorkAwareConnectionProviderWrapper;
import org.axonframework.common.transaction.NoTransactionManager;
import org.axonframework.eventsourcing.EventSourcingRepository;
import org.axonframework.eventsourcing.eventstore.EmbeddedEventStore;
import org.axonframework.eventsourcing.eventstore.jdbc.JdbcEventStorageEngine;
import org.axonframework.eventsourcing.eventstore.jdbc.PostgresEventTableFactory;
import org.axonframework.messaging.annotation.ClasspathParameterResolverFactory;
import org.axonframework.messaging.annotation.MultiParameterResolverFactory;
import org.axonframework.messaging.annotation.ParameterResolverFactory;
import org.axonframework.messaging.annotation.SimpleResourceParameterResolverFactory;
import org.axonframework.modelling.command.AggregateAnnotationCommandHandler;
import org.axonframework.modelling.command.VersionedAggregateIdentifier;
import org.axonframework.serialization.Serializer;
import org.postgresql.ds.PGSimpleDataSource;
import tools.jackson.databind.node.ObjectNode;

/**
 * The same aggregate on Axon's stock parts: {@link SimpleCommandBus}, {@link EmbeddedEventStore},
 * {@link JdbcEventStorageEngine} on PostgreSQL. Aggregates are cached for good, as Confab's are. A
 * stock send blocks, so a caller is a thread, and each has a connection.
 */
final class StockSends {
  private StockSends() {}

  /** Arguments: the JDBC URL and the number of conversations. */
  public static void main(String[] arguments) {
    Workload workload = Workload.of(Integer.parseInt(arguments[1]));
    CommandBus bus = bus(arguments[0]);
    workload.starts().forEach(start -> send(bus, start));
    ExecutorService callers = Executors.newFixedThreadPool(Workload.CALLERS);
    Child.serve(
        Child.JSON.createObjectNode(),
        question -> run(bus, workload, callers, question.get("nanos").longValue()));
  }

  private static CommandBus bus(String url) {
    createSchema(url);
    HikariConfig pool = new HikariConfig();
    pool.setJdbcUrl(url);
    pool.setUsername(PostgresServer.USER);
    pool.setAutoCommit(false);
    pool.setMaximumPoolSize(Workload.CALLERS);
    JdbcEventStorageEngine engine =
        engine(
            new UnitOfWorkAwareConnectionProviderWrapper(
                new DataSourceConnectionProvider(new HikariDataSource(pool))));
    ParameterResolverFactory parameters =
        MultiParameterResolverFactory.ordered(
            ClasspathParameterResolverFactory.forClass(Conversation.class),
            new SimpleResourceParameterResolverFactory(List.of(Limits.DEFAULT, new NoLookup())));
    CommandBus bus = SimpleCommandBus.builder().build();
    AggregateAnnotationCommandHandler.<Conversation>builder()
        .aggregateType(Conversation.class)
        .parameterResolverFactory(parameters)
        .commandTargetResolver(
            command ->
                new VersionedAggregateIdentifier(
                    ((ConversationCommand) command.getPayload()).conversation(), null))
        .repository(
            EventSourcingRepository.builder(Conversation.class)
                .parameterResolverFactory(parameters)
                .eventStore(EmbeddedEventStore.builder().storageEngine(engine).build())
                .cache(new StrongCache())
                .build())
        .build()
        .subscribe(bus);
    return bus;
  }

  /** Outside a unit of work nothing commits, so this has connections that do so by themselves. */
  private static void createSchema(String url) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(url);
    source.setUser(PostgresServer.USER);
    engine(new DataSourceConnectionProvider(source))
        .createSchema(PostgresEventTableFactory.INSTANCE);
  }

  private static JdbcEventStorageEngine engine(ConnectionProvider connections) {
    Serializer serializer = new EnvelopeSerializer(new ConversationSnapshotSerializer());
    return JdbcEventStorageEngine.builder()
        .connectionProvider(connections)
        .transactionManager(NoTransactionManager.INSTANCE)
        .eventSerializer(serializer)
        .snapshotSerializer(serializer)
        .build();
  }

  private static ObjectNode run(
      CommandBus bus, Workload workload, ExecutorService callers, long nanos) throws Exception {
    Round round = new Round();
    long end = System.nanoTime() + nanos;
    List<Future<Histogram>> running = new ArrayList<>();
    for (int i = 0; i < Workload.CALLERS; i++) {
      int number = i;
      running.add(callers.submit(() -> sendUntil(end, bus, workload, number)));
    }
    Histogram all = Round.histogram();
    for (Future<Histogram> caller : running) {
      all.add(caller.get());
    }
    return round.end(all.getTotalCount(), all);
  }

  private static Histogram sendUntil(long end, CommandBus bus, Workload workload, int number) {
    Histogram latencies = Round.histogram();
    for (long sent = System.nanoTime(); sent < end; sent = System.nanoTime()) {
      send(bus, workload.next(number));
      latencies.recordValue(Math.min(System.nanoTime() - sent, Round.HIGHEST_NANOS));
    }
    return latencies;
  }

  private static void send(CommandBus bus, ConversationCommand command) {
    FutureCallback<ConversationCommand, Object> callback = new FutureCallback<>();
    bus.dispatch(new GenericCommandMessage<>(command), callback);
    if (callback.getResult().isExceptional()) {
      throw new IllegalStateException(callback.getResult().exceptionResult());
    }
  }

  /** The stock store has no index of sends, and no message is sent twice here. */
  private static final class NoLookup implements MessageLookup {
    @Override
    public long sentBefore(
        String conversation, long before, String sender, String clientMessageId) {
      return -1;
    }

    @Override
    public EventEnvelope read(String conversation, long sequence) {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<EventEnvelope> marks(String conversation, long message) {
      throw new UnsupportedOperationException();
    }
  }
}
