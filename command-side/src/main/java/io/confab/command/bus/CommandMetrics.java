package io.confab.command.bus;

import io.confab.events.ConversationCommand;
import io.confab.events.RejectionCode;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/**
 * What is counted about commands; every meter exists from the start.
 *
 * <ul>
 *   <li>{@code confab.commands.handled}: timer from sending to the answer, by {@code command} and
 *       {@code outcome} ({@code appended}, {@code unchanged}, {@code refused})
 *   <li>{@code confab.commands.refused}: counter by {@code code}
 *   <li>{@code confab.commands.rerun}: counter of commands run again after a failed append
 *   <li>{@code confab.commands.loads}: counter of aggregates read from the store
 *   <li>{@code confab.commands.queued}, {@code confab.commands.inflight}, {@code
 *       confab.commands.cached}: gauges of commands that wait for their turn, that wait for the
 *       store, and of aggregates in memory
 *   <li>{@code confab.commands.epoch}: gauge of the store's epoch, which goes up with each failure
 * </ul>
 */
final class CommandMetrics {
  private final Map<Class<?>, Timers> timers = new HashMap<>();
  private final Map<RejectionCode, Counter> refused = new EnumMap<>(RejectionCode.class);
  private final MeterRegistry registry;
  private final Counter rerun;
  private final Counter loads;

  private record Timers(Timer appended, Timer unchanged, Timer refused) {}

  CommandMetrics(MeterRegistry registry) {
    this.registry = registry;
    for (Class<?> type : ConversationCommand.class.getPermittedSubclasses()) {
      String name = type.getSimpleName();
      timers.put(
          type,
          new Timers(timer(name, "appended"), timer(name, "unchanged"), timer(name, "refused")));
    }
    for (RejectionCode code : RejectionCode.values()) {
      refused.put(code, registry.counter("confab.commands.refused", "code", code.code()));
    }
    rerun = registry.counter("confab.commands.rerun");
    loads = registry.counter("confab.commands.loads");
  }

  private Timer timer(String command, String outcome) {
    return Timer.builder("confab.commands.handled")
        .tag("command", command)
        .tag("outcome", outcome)
        .serviceLevelObjectives(
            Duration.ofMillis(5),
            Duration.ofMillis(10),
            Duration.ofMillis(25),
            Duration.ofMillis(50),
            Duration.ofMillis(100),
            Duration.ofMillis(500),
            Duration.ofSeconds(5))
        .register(registry);
  }

  <T> void gauge(String name, T of, ToLongFunction<T> value) {
    registry.gauge("confab.commands." + name, of, value::applyAsLong);
  }

  void accepted(ConversationCommand command, boolean appended, long nanos) {
    Timers of = timersOf(command);
    (appended ? of.appended : of.unchanged).record(nanos, TimeUnit.NANOSECONDS);
  }

  void refused(ConversationCommand command, RejectionCode code, long nanos) {
    timersOf(command).refused.record(nanos, TimeUnit.NANOSECONDS);
    Counter counter = refused.get(code);
    if (counter != null) {
      counter.increment();
    }
  }

  private Timers timersOf(ConversationCommand command) {
    Timers of = timers.get(command.getClass());
    if (of == null) {
      throw new IllegalStateException("no such command: " + command.getClass());
    }
    return of;
  }

  void ranAgain() {
    rerun.increment();
  }

  void loaded() {
    loads.increment();
  }
}
