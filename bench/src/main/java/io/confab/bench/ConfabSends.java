package io.confab.bench;

import io.confab.command.bus.CommandRuntime;
import io.confab.command.bus.CommandSettings;
import io.confab.command.conversation.Conversation;
import io.confab.command.conversation.ConversationSnapshotSerializer;
import io.confab.command.conversation.LogMessageLookup;
import io.confab.command.store.EnvelopeSerializer;
import io.confab.command.store.RocksDbEventStorageEngine;
import io.confab.command.store.StoreSettings;
import io.confab.events.CommandResult;
import io.confab.events.ConversationCommand.StartConversation;
import io.confab.events.Limits;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Confab's command path with its defaults: runtime, aggregate and embedded store. A caller sends
 * its next message from the callback of the one before.
 */
final class ConfabSends {
  private ConfabSends() {}

  /** Arguments: the data directory and the number of conversations. */
  public static void main(String[] arguments) {
    Workload workload = Workload.of(Integer.parseInt(arguments[1]));
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    RocksDbEventStorageEngine store =
        RocksDbEventStorageEngine.open(
            Path.of(arguments[0]),
            new EnvelopeSerializer(new ConversationSnapshotSerializer()),
            StoreSettings.DEFAULT,
            registry);
    CommandRuntime runtime =
        CommandRuntime.start(
            Conversation.class,
            store,
            CommandSettings.DEFAULT,
            registry,
            Limits.DEFAULT,
            new LogMessageLookup(store, store::barrier));
    start(runtime, workload.starts());
    Child.serve(
        Child.JSON.createObjectNode(),
        question -> run(runtime, workload, question.get("nanos").longValue()));
  }

  private static void start(CommandRuntime runtime, List<StartConversation> starts) {
    for (int from = 0; from < starts.size(); from += Workload.CALLERS) {
      int to = Math.min(from + Workload.CALLERS, starts.size());
      List<CompletableFuture<CommandResult>> together =
          starts.subList(from, to).stream().map(runtime::send).toList();
      together.forEach(CompletableFuture::join);
    }
  }

  private static ObjectNode run(CommandRuntime runtime, Workload workload, long nanos) {
    Round round = new Round();
    long end = System.nanoTime() + nanos;
    List<Caller> callers = new ArrayList<>();
    for (int i = 0; i < Workload.CALLERS; i++) {
      callers.add(new Caller(runtime, workload, i, end));
    }
    callers.forEach(Caller::next);
    Histogram all = Round.histogram();
    for (Caller caller : callers) {
      caller.over.join();
      all.add(caller.latencies);
    }
    return round.end(all.getTotalCount(), all);
  }

  /** One message in flight, so no two threads are in here at once. */
  private static final class Caller {
    final CompletableFuture<@Nullable Void> over = new CompletableFuture<>();
    final Histogram latencies = Round.histogram();
    private final CommandRuntime runtime;
    private final Workload workload;
    private final int number;
    private final long end;
    private long sent;

    Caller(CommandRuntime runtime, Workload workload, int number, long end) {
      this.runtime = runtime;
      this.workload = workload;
      this.number = number;
      this.end = end;
    }

    void next() {
      sent = System.nanoTime();
      if (sent >= end) {
        over.complete(null);
      } else {
        runtime.send(workload.next(number)).whenComplete(this::answered);
      }
    }

    private void answered(@Nullable CommandResult result, @Nullable Throwable failure) {
      if (failure != null) {
        over.completeExceptionally(failure);
        return;
      }
      latencies.recordValue(Math.min(System.nanoTime() - sent, Round.HIGHEST_NANOS));
      next();
    }
  }
}
