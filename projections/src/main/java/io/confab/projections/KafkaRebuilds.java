package io.confab.projections;

import io.confab.events.CommandRejected;
import io.confab.events.EventLog;
import io.confab.events.RejectionCode;
import io.confab.kafka.KafkaSettings;
import io.confab.projections.RebuildProgress.State;
import io.confab.views.SharedRebuilds;
import io.confab.views.SharedRebuilds.Numbers;
import io.confab.views.ViewReader.View;
import io.confab.views.ViewStore.Rebuild;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rebuilds views from the beginning of the log in Kafka, while readers and the live projections go
 * on. Every process takes part: it looks once a second which generation is being built, and joins
 * the consumer group that fills it, so Kafka shares the partitions out and keeps the offsets. What
 * a killed process had not committed is read again by another after 9 s; where none is left, the
 * rebuild goes on with the first that starts.
 *
 * <p>Once the group keeps up with the log, a process holds the live projections, for 3 s at most,
 * asks where the log ends, and switches once the group has committed up to there: whatever a live
 * projection has written or is writing then is before that. Where that takes longer it lets go, and
 * tries again after 10 s; so does one that finds another's hold, which it leaves alone.
 *
 * <p>The group keeps up where it has committed, in each partition, what was there two looks ago. So
 * as long as one partition stands at an event that it cannot handle, nobody is held; under load,
 * where the end is never reached, two seconds behind it are near enough for a hold of three.
 *
 * <p>Positions count records over all partitions. One rebuild at a time for each view. Safe for use
 * by many threads.
 */
public final class KafkaRebuilds implements Rebuilds, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaRebuilds.class);
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final Duration HOLD = Duration.ofSeconds(3);

  /** A group that is as many behind the end comes to it within a hold. */
  private static final int LOOKS = 2;

  private static final Duration BETWEEN_HOLDS = Duration.ofSeconds(10);
  private static final long ASK_MILLIS = 50;
  private static final long STOP_MILLIS = 10_000;

  private final SharedRebuilds views;
  private final EventLog log;
  private final KafkaSettings kafka;
  private final ProjectionSettings settings;
  private final MeterRegistry meters;
  private final KafkaPositions positions;
  private final Map<View, Watch> watches = new EnumMap<>(View.class);
  private volatile boolean closed;

  public KafkaRebuilds(
      SharedRebuilds views,
      EventLog log,
      KafkaSettings kafka,
      ProjectionSettings settings,
      MeterRegistry meters) {
    this.views = views;
    this.log = log;
    this.kafka = kafka;
    this.settings = settings;
    this.meters = meters;
    this.positions = new KafkaPositions(kafka);
    for (View view : View.values()) {
      Watch watch = new Watch(view);
      watches.put(view, watch);
      Gauge.builder("confab.projections.rebuild.progress", () -> watch.fraction)
          .tag("projection", view.wireName())
          .description("Share of the log in the generation that is being built; 1 where none is")
          .register(meters);
    }
  }

  /** Takes part in what is being built, now and later. Returns at once. Once. */
  public void start() {
    watches.values().forEach(watch -> watch.thread.start());
  }

  @Override
  public RebuildProgress start(View view) {
    try {
      Numbers before = views.numbers(view);
      if (before.building() != 0) {
        throw Rebuilds.running(view);
      }
      requireWholeLog();
      // Of another database with the same brokers: what was read for that is not in this one.
      positions.forget(group(view, before.last() + 1));
      if (!views.begin(view, before)) {
        throw Rebuilds.running(view);
      }
      Map<TopicPartition, Long> ends = positions.ends();
      LOG.info("rebuilding {} up to {}", view.wireName(), head(ends));
      return RebuildProgress.of(view.wireName(), State.RUNNING, -1, head(ends));
    } catch (KafkaException e) {
      throw unavailable(e);
    }
  }

  /** The processes leave it at their next look. */
  @Override
  public ProjectionStatus cancel(View view) {
    Numbers numbers = views.numbers(view);
    ProjectionStatus before = status(view); // where Kafka does not answer, nothing is done
    if (numbers.building() == 0 || !views.abandon(view, numbers.building())) {
      throw Rebuilds.notRunning(view);
    }
    LOG.info("the rebuild of {} is cancelled", view.wireName());
    return new ProjectionStatus(
        before.name(),
        before.position(),
        before.head(),
        before.lag(),
        RebuildProgress.of(before.name(), State.STOPPED, -1, before.head()));
  }

  @Override
  public ProjectionStatus status(View view) {
    try {
      Numbers numbers = views.numbers(view);
      Map<TopicPartition, Long> ends = positions.ends();
      long head = head(ends);
      long position = position(ProcessingGroups.of(view), ends);
      return new ProjectionStatus(
          view.wireName(), position, head, head - position, rebuild(view, numbers, position, ends));
    } catch (KafkaException e) {
      throw unavailable(e);
    }
  }

  private @Nullable RebuildProgress rebuild(
      View view, Numbers numbers, long live, Map<TopicPartition, Long> ends) {
    if (numbers.building() != 0) {
      return running(view, numbers, ends);
    }
    if (numbers.last() == 1) {
      return null;
    }
    return numbers.live() == numbers.last()
        ? RebuildProgress.of(view.wireName(), State.DONE, live, head(ends))
        : RebuildProgress.of(view.wireName(), State.STOPPED, -1, head(ends));
  }

  private RebuildProgress running(View view, Numbers numbers, Map<TopicPartition, Long> ends) {
    return running(view, positions.committed(group(view, numbers.building())), ends);
  }

  private static RebuildProgress running(
      View view, Map<TopicPartition, Long> committed, Map<TopicPartition, Long> ends) {
    return RebuildProgress.of(
        view.wireName(), State.RUNNING, KafkaPositions.handled(committed, ends) - 1, head(ends));
  }

  private long position(String group, Map<TopicPartition, Long> ends) {
    return KafkaPositions.handled(positions.committed(group), ends) - 1;
  }

  private static long head(Map<TopicPartition, Long> ends) {
    return KafkaPositions.sum(ends) - 1;
  }

  private static String group(View view, int generation) {
    return ProcessingGroups.of(view) + ".rebuild-" + generation;
  }

  /** Topics of ours keep everything; those of others may not, and a view must not lack it. */
  private void requireWholeLog() {
    positions
        .begins()
        .forEach(
            (partition, first) -> {
              if (first > 0) {
                throw new CommandRejected(
                    RejectionCode.CONFLICT,
                    "Kafka has not the whole log any more: " + partition + " begins later",
                    first,
                    "0; set retention.ms=-1 on the topic, remove it, and mirror the log again");
              }
            });
  }

  private CommandRejected unavailable(KafkaException e) {
    LOG.warn("Kafka does not say how far the projections are", e);
    return new CommandRejected(
        RejectionCode.UNAVAILABLE,
        "Kafka does not say how far the log is",
        String.join(",", kafka.bootstrapServers()),
        "an answer within 10 s");
  }

  /** Leaves what is being built to the other processes, or to the next that starts. */
  @Override
  public void close() {
    closed = true;
    watches.values().forEach(watch -> watch.thread.interrupt());
    try {
      for (Watch watch : watches.values()) {
        watch.thread.join(STOP_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    positions.close();
  }

  /** This process's part in the rebuilds of one view, on a thread of its own. */
  private final class Watch implements Runnable {
    private final View view;
    private final Thread thread;
    private final Counter failures;
    private final Counter holds;
    private volatile double fraction = 1;
    private @Nullable Part part;

    Watch(View view) {
      this.view = view;
      this.thread = new Thread(this, "projection-rebuild-" + view.wireName());
      this.failures =
          meters.counter("confab.projections.failures", "projection", view.wireName() + ".rebuild");
      this.holds =
          Counter.builder("confab.projections.rebuild.holds")
              .tag("projection", view.wireName())
              .description("Times that the live projections were made to wait, 3 s at most each")
              .register(meters);
      thread.setDaemon(true);
    }

    @Override
    public void run() {
      while (!closed) {
        Duration pause = LOOK;
        try {
          look();
        } catch (RuntimeException e) {
          if (!closed) {
            pause = settings.maxBackOff();
            failures.increment();
            LOG.error("rebuilds of {} wait for {} ms", view.wireName(), pause.toMillis(), e);
          }
        }
        try {
          Thread.sleep(pause.toMillis());
        } catch (InterruptedException stopped) {
          break;
        }
      }
      if (part != null) {
        part.close();
      }
    }

    private void look() {
      Numbers numbers = views.numbers(view);
      if (part != null && part.generation != numbers.building()) {
        leave(part);
      }
      if (numbers.building() == 0) {
        fraction = 1;
        return;
      }
      Part joined = part;
      if (joined == null) {
        joined = new Part(view, numbers.building(), holds);
        part = joined;
        joined.start();
      }
      Map<TopicPartition, Long> ends = positions.ends();
      Map<TopicPartition, Long> committed = positions.committed(joined.group);
      RebuildProgress progress = running(view, committed, ends);
      fraction = progress.percent() / 100;
      if (joined.keepsUp(committed, ends) && joined.switchOver()) {
        LOG.info("rebuilt {} up to {}", view.wireName(), progress.head());
        leave(joined);
        fraction = 1;
      }
    }

    /** Whoever leaves last removes the group. */
    private void leave(Part left) {
      left.close();
      part = null;
      positions.forget(group(view, left.generation));
    }
  }

  /** What this process does for one rebuild. */
  private final class Part implements AutoCloseable {
    private final int generation;
    private final String group;
    private final Rebuild filling;

    /** A handle of its own, so that a switch need not wait for a batch. */
    private final Rebuild switching;

    private final ViewConsumer consumer;
    private final Counter holds;

    /** Where the log ended at the looks before this one, the oldest first. */
    private final Deque<Map<TopicPartition, Long>> seen = new ArrayDeque<>();

    private long nextHoldNanos = System.nanoTime();

    Part(View view, int generation, Counter holds) {
      this.generation = generation;
      this.holds = holds;
      this.group = group(view, generation);
      this.filling = views.join(view, generation);
      this.switching = views.join(view, generation);
      this.consumer =
          new ViewConsumer(
              group, view.wireName() + ".rebuild", filling, log, kafka, settings, meters);
    }

    void start() {
      LOG.info("takes part in {}", group);
      consumer.start();
    }

    /** Whether the group would come to the end of the log under a hold, as far as can be told. */
    boolean keepsUp(Map<TopicPartition, Long> committed, Map<TopicPartition, Long> ends) {
      boolean keepsUp = seen.size() == LOOKS && KafkaPositions.reached(committed, seen.remove());
      seen.add(ends);
      return keepsUp;
    }

    /** Whether the generation is live by this. */
    boolean switchOver() {
      long now = System.nanoTime();
      if (now - nextHoldNanos < 0) {
        return false;
      }
      nextHoldNanos = now + BETWEEN_HOLDS.toNanos();
      boolean switched = false;
      try {
        if (switching.holdLive(HOLD)) {
          holds.increment();
          switched = reachesEnd(now) && switching.switchOver();
        }
      } finally {
        if (!switched) {
          letGo();
        }
      }
      return switched;
    }

    /** Whether the group has committed, before the hold is over, all that the log has now. */
    private boolean reachesEnd(long heldNanos) {
      Map<TopicPartition, Long> ends = positions.ends();
      while (System.nanoTime() - heldNanos < HOLD.toNanos()) {
        if (KafkaPositions.reached(positions.committed(group), ends)) {
          return true;
        }
        try {
          Thread.sleep(ASK_MILLIS);
        } catch (InterruptedException stopped) {
          Thread.currentThread().interrupt();
          return false;
        }
      }
      return false;
    }

    /** Also where the process ends: the others' writers need not wait for that. */
    private void letGo() {
      boolean interrupted = Thread.interrupted();
      try {
        switching.letGo();
      } catch (RuntimeException e) {
        LOG.warn("the writers of {} end a hold themselves, after {}", group, HOLD, e);
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }

    @Override
    public void close() {
      consumer.close();
      filling.close();
      switching.close();
    }
  }
}
