package io.confab.views;

import io.confab.events.EventEnvelope;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * One generation of one view, and its position. Safe for use by many threads, of many processes:
 * two that bring the same conversation at once are set one behind the other.
 */
final class CosmosGeneration<V extends CosmosView> {

  /** How often a fold is made anew that another writer overtook. */
  private static final int ATTEMPTS = 5;

  final int number;
  final V view;
  private final CosmosPosition position;
  private final ExecutorService threads;

  CosmosGeneration(int number, V view, CosmosPosition position, ExecutorService threads) {
    this.number = number;
    this.view = view;
    this.position = position;
    this.threads = threads;
  }

  long position() {
    return position.read();
  }

  /**
   * Folds all, then writes all, each conversation by itself; then the position. Returns the last
   * sequence of each conversation in the batch.
   */
  Map<String, Long> apply(List<EventEnvelope> events, long last) {
    Map<String, List<EventEnvelope>> conversations = new LinkedHashMap<>();
    for (EventEnvelope envelope : events) {
      conversations.computeIfAbsent(envelope.conversation(), c -> new ArrayList<>()).add(envelope);
    }
    Map<String, CosmosView.Folded> folds = together(conversations, view::fold);
    Map<String, Long> applied =
        together(
            conversations,
            (conversation, batch) ->
                write(conversation, batch, Objects.requireNonNull(folds.get(conversation))));
    position.advance(last);
    return applied;
  }

  private long write(String conversation, List<EventEnvelope> events, CosmosView.Folded first) {
    CosmosView.Folded folded = first;
    for (int attempt = 1; ; attempt++) {
      try {
        folded.write();
        return folded.applied();
      } catch (StaleWriteException e) {
        if (attempt == ATTEMPTS) {
          throw new ViewStoreException("others write to " + conversation + " too", e);
        }
        folded = view.fold(conversation, events);
      }
    }
  }

  /** Ends when all have ended; what then failed first in the batch is thrown. */
  private <A, B> Map<String, B> together(Map<String, A> work, BiFunction<String, A, B> step) {
    Map<String, B> results = new HashMap<>();
    if (work.size() == 1) {
      work.forEach((key, input) -> results.put(key, step.apply(key, input)));
      return results;
    }
    Map<String, Future<B>> running = new LinkedHashMap<>();
    work.forEach((key, input) -> running.put(key, threads.submit(() -> step.apply(key, input))));
    RuntimeException failure = null;
    for (Map.Entry<String, Future<B>> one : running.entrySet()) {
      try {
        results.put(one.getKey(), one.getValue().get());
      } catch (ExecutionException e) {
        failure = failure == null ? unwrapped(e.getCause()) : failure;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new ViewStoreException("interrupted while a batch was written", e);
      }
    }
    if (failure != null) {
      throw failure;
    }
    return results;
  }

  private static RuntimeException unwrapped(@Nullable Throwable cause) {
    return cause instanceof RuntimeException failure
        ? failure
        : new ViewStoreException("cannot apply a batch", cause);
  }
}
