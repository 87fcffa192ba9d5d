package io.confab.projections;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.axonframework.common.Registration;
import org.axonframework.extensions.kafka.eventhandling.consumer.EventConsumer;
import org.axonframework.extensions.kafka.eventhandling.consumer.FetchEventException;
import org.axonframework.extensions.kafka.eventhandling.consumer.Fetcher;
import org.axonframework.extensions.kafka.eventhandling.consumer.RecordConverter;
import org.axonframework.extensions.kafka.eventhandling.consumer.RuntimeErrorHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the records of a consumer group to a projection, and commits each offset after it was
 * handled. Where a record cannot be read or handled, for whatever reason, its partition stands
 * there: what precedes it is handled, nothing behind it is, it is tried again for ever with a
 * growing wait, and each time is counted in {@code confab.projections.failures} and logged as an
 * error. The other partitions go on meanwhile.
 *
 * <p>{@code RATIONALE.md} says what the extension's own {@code AsyncFetcher} does instead.
 */
final class PartitionFetcher<E> implements Fetcher<byte[], byte[], E> {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionFetcher.class);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration FIRST_BACK_OFF = Duration.ofSeconds(1);
  private static final Duration STOP = Duration.ofSeconds(10);

  private final String projection;
  private final Duration longestBackOff;
  private final MeterRegistry meters;
  private final Counter failures;
  private final List<Gauge> gauges;
  private final Set<Task> tasks = new HashSet<>();
  private boolean closed;

  /**
   * @param projection the value of the tag {@code projection}
   */
  PartitionFetcher(String projection, ProjectionSettings settings, MeterRegistry meters) {
    this.projection = projection;
    this.longestBackOff = settings.maxBackOff();
    this.meters = meters;
    this.failures = meters.counter("confab.projections.failures", "projection", projection);
    this.gauges =
        List.of(
            Gauge.builder("confab.projections.stopped", () -> sum(task -> task.stoppedPartitions))
                .tag("projection", projection)
                .description("Partitions that stand at a record which cannot be handled")
                .register(meters),
            Gauge.builder("confab.projections.lag", () -> sum(task -> task.lag))
                .tag("projection", projection)
                .baseUnit("events")
                .description("Records of the partitions read here that are not handled")
                .register(meters));
  }

  private synchronized double sum(java.util.function.ToLongFunction<Task> figure) {
    return tasks.stream().mapToLong(figure).sum();
  }

  @Override
  @SuppressWarnings("deprecation") // as in the interface
  public Registration poll(
      Consumer<byte[], byte[]> consumer,
      RecordConverter<byte[], byte[], E> converter,
      EventConsumer<E> events) {
    return poll(consumer, converter, events, failure -> LOG.error("{} ended", projection, failure));
  }

  /**
   * Runs on a thread of its own until it is closed; each failure of the consumer makes a new one.
   */
  @Override
  public synchronized Registration poll(
      Consumer<byte[], byte[]> consumer,
      RecordConverter<byte[], byte[], E> converter,
      EventConsumer<E> events,
      RuntimeErrorHandler restart) {
    if (closed) {
      consumer.close();
      return () -> false;
    }
    Task task = new Task(consumer, converter, events, restart);
    tasks.add(task);
    task.thread.start();
    return () -> true; // shutdown ends it, whichever consumer it has by then
  }

  /** Returns when what is being handled is handled, after 10 s at most. */
  @Override
  public void shutdown() {
    Set<Task> running;
    synchronized (this) {
      closed = true;
      running = Set.copyOf(tasks);
    }
    running.forEach(task -> task.consumer.wakeup());
    try {
      for (Task task : running) {
        task.thread.join(STOP.toMillis());
        task.thread.interrupt();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    gauges.forEach(meters::remove); // the next of that name has its own
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private synchronized void ended(Task task) {
    tasks.remove(task);
  }

  private Duration longer(Duration wait) {
    Duration twice = wait.multipliedBy(2);
    return twice.compareTo(longestBackOff) < 0 ? twice : longestBackOff;
  }

  private Duration first() {
    return FIRST_BACK_OFF.compareTo(longestBackOff) < 0 ? FIRST_BACK_OFF : longestBackOff;
  }

  /** A partition that stood, until a whole batch of it was handled again. */
  private static final class Stand {
    private Duration wait;
    private long dueNanos;
    private boolean paused = true;

    /** Records at a time: one after a failure, so that it stands at the very record. */
    private int limit = 1;

    Stand(Duration wait) {
      this.wait = wait;
    }
  }

  private final class Task implements Runnable {
    private final Consumer<byte[], byte[]> consumer;
    private final RecordConverter<byte[], byte[], E> converter;
    private final EventConsumer<E> events;
    private final RuntimeErrorHandler restart;
    private final Thread thread = new Thread(this, "projection-" + projection);
    private final Map<TopicPartition, Stand> stands = new HashMap<>();
    private final Map<TopicPartition, OffsetAndMetadata> uncommitted = new HashMap<>();
    private volatile long stoppedPartitions;
    private volatile long lag;

    Task(
        Consumer<byte[], byte[]> consumer,
        RecordConverter<byte[], byte[], E> converter,
        EventConsumer<E> events,
        RuntimeErrorHandler restart) {
      this.consumer = consumer;
      this.converter = converter;
      this.events = events;
      this.restart = restart;
      thread.setDaemon(true);
    }

    @Override
    public void run() {
      Throwable failure = null;
      try (consumer) {
        follow();
      } catch (InterruptedException | WakeupException e) {
        LOG.debug("{} stops", projection);
      } catch (Throwable e) {
        failure = e;
      }
      ended(this);
      if (failure != null && !isClosed()) {
        restart(failure);
      }
    }

    private void follow() throws InterruptedException {
      while (!isClosed()) {
        resumeWhatIsDue();
        try {
          handle(consumer.poll(POLL));
        } catch (NoOffsetForPartitionException fresh) {
          consumer.seekToBeginning(fresh.partitions());
        }
        commit();
        measure();
      }
    }

    /** Another consumer takes the place of this one, which has left the group. */
    private void restart(Throwable failure) {
      Duration wait = first();
      while (!isClosed()) {
        failures.increment();
        LOG.error(
            "{} cannot read from Kafka; it is tried again in {} ms",
            projection,
            wait.toMillis(),
            failure);
        try {
          Thread.sleep(wait.toMillis());
          restart.handle(new FetchEventException("the consumer failed", failure));
          return;
        } catch (InterruptedException stopped) {
          return;
        } catch (RuntimeException again) {
          failure = again;
          wait = longer(wait);
        }
      }
    }

    private void handle(ConsumerRecords<byte[], byte[]> records) throws InterruptedException {
      if (records.isEmpty()) {
        return;
      }
      boolean standing = records.partitions().stream().anyMatch(stands::containsKey);
      if (standing || records.partitions().size() == 1 || !together(records)) {
        for (TopicPartition partition : records.partitions()) {
          alone(partition, records.records(partition));
        }
      }
    }

    /** All partitions in one batch, which is the fewest writes; whether that went well. */
    private boolean together(ConsumerRecords<byte[], byte[]> records) throws InterruptedException {
      try {
        events.consume(converter.convert(records));
      } catch (RuntimeException | Error e) {
        LOG.debug("{} looks which partition it is", projection, e);
        return false;
      }
      for (TopicPartition partition : records.partitions()) {
        uncommitted.put(partition, behind(records.records(partition)));
      }
      return true;
    }

    private void alone(TopicPartition partition, List<ConsumerRecord<byte[], byte[]>> all)
        throws InterruptedException {
      Stand stand = stands.get(partition);
      List<ConsumerRecord<byte[], byte[]>> left = all;
      while (!left.isEmpty()) {
        int size = stand == null ? left.size() : Math.min(left.size(), stand.limit);
        List<ConsumerRecord<byte[], byte[]>> batch = left.subList(0, size);
        try {
          events.consume(
              converter.convert(new ConsumerRecords<>(Map.of(partition, batch), Map.of())));
        } catch (RuntimeException | Error e) {
          stop(partition, batch.get(0).offset(), e);
          return;
        }
        uncommitted.put(partition, behind(batch));
        left = left.subList(size, left.size());
        if (stand != null) {
          stand.limit *= 2;
          stand.wait = first();
        }
      }
      stands.remove(partition);
    }

    private void stop(TopicPartition partition, long offset, Throwable failure) {
      Stand before = stands.get(partition);
      Stand stand =
          new Stand(before == null ? first() : before.limit == 1 ? longer(before.wait) : first());
      stand.dueNanos = System.nanoTime() + stand.wait.toNanos();
      stands.put(partition, stand);
      consumer.seek(partition, offset);
      consumer.pause(Set.of(partition));
      failures.increment();
      LOG.error(
          "{} stands at {}@{} and handles nothing behind it; it is tried again in {} ms",
          projection,
          partition,
          offset,
          stand.wait.toMillis(),
          failure);
    }

    private void resumeWhatIsDue() {
      stands.keySet().retainAll(consumer.assignment());
      long now = System.nanoTime();
      stands.forEach(
          (partition, stand) -> {
            if (stand.paused && now - stand.dueNanos >= 0) {
              stand.paused = false;
              consumer.resume(Set.of(partition));
            }
          });
    }

    private void commit() {
      uncommitted.keySet().retainAll(consumer.assignment());
      if (uncommitted.isEmpty()) {
        return;
      }
      try {
        consumer.commitSync(Map.copyOf(uncommitted));
        uncommitted.clear();
      } catch (WakeupException stopped) {
        throw stopped;
      } catch (KafkaException e) {
        // The views skip what comes again; it is committed with what comes next, or a poll later.
        LOG.warn("{} could not commit {}", projection, uncommitted, e);
      }
    }

    private OffsetAndMetadata behind(List<ConsumerRecord<byte[], byte[]>> records) {
      return new OffsetAndMetadata(records.get(records.size() - 1).offset() + 1);
    }

    private void measure() {
      stoppedPartitions = stands.size();
      long sum = 0;
      for (TopicPartition partition : consumer.assignment()) {
        OptionalLong behind = consumer.currentLag(partition);
        sum += behind.isPresent() ? behind.getAsLong() : 0;
      }
      lag = sum;
    }
  }
}
