package io.confab.edge.presence;

import io.confab.edge.redis.RedisCluster;
import io.confab.edge.redis.ShardedChannels;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Presence over all edges, in Redis. An edge reports each change of its own users at once and all
 * of them every 5 s; what it said counts for as long as a session may be silent (15 s). An edge's
 * lease lasts 8 s: when it has run out, one other edge reports the dead edge's users offline, so
 * within 11 s of the death.
 *
 * <p>Edges compare times, so their clocks must agree to within a second or two.
 *
 * <p>While Redis is down, {@link #query} and watchers say {@code unknown}, and sessions go on. When
 * it is back each edge reports anew all that it knows, within 3 s. What is published while an edge
 * cannot listen is read as soon as it listens again.
 */
public final class RedisPresence implements Presence, AutoCloseable {
  static final long LEASE_MILLIS = 8_000;
  private static final long RENEW_MILLIS = 2_000;
  private static final long REPORT_MILLIS = 5_000;

  /** A lost notification is noticed within this time. */
  private static final long READ_MILLIS = 15_000;

  private static final int BATCH = 100;

  /** As the port promises. */
  private static final long QUERY_SECONDS = 2;

  private static final Logger LOG = LoggerFactory.getLogger(RedisPresence.class);

  private final String edge;
  private final Clock clock;
  private final RedisCluster redis;
  private final ShardedChannels channels;
  private final PresenceMetrics metrics;
  private final ReportScript reports;
  private final ReadScript reads;
  private final LeaseScript leases;
  private final RetireScript retirements;
  private final Devices devices;
  private final Watchers<UserPresence> watchers = new Watchers<>();

  /** What watchers of a user were told last. */
  private final Map<String, UserPresence> told = new ConcurrentHashMap<>();

  /** The buckets of which news may have been missed; listened to by now. */
  private final Set<Integer> missed = ConcurrentHashMap.newKeySet();

  /** Whose last report failed. */
  private final Set<String> unreported = ConcurrentHashMap.newKeySet();

  /** Whose burial failed, to be gone on with at the next renewal. */
  private final LinkedBlockingQueue<Claim> unfinished = new LinkedBlockingQueue<>();

  private final AtomicInteger underWay = new AtomicInteger();
  private volatile boolean down;
  private volatile long reportAt;
  private volatile long readAt;
  private long renewAt;

  /** A dead edge that is this one's to report. */
  private record Claim(String dead, long until) {
    String end() {
      return Long.toString(until);
    }
  }

  /**
   * @param edge the name of this process, used by no other, nor again after a restart
   * @param channels refreshed by {@link #tick}
   */
  public RedisPresence(
      String edge,
      Clock clock,
      PresenceSettings settings,
      RedisCluster redis,
      ShardedChannels channels,
      MeterRegistry meters) {
    this.edge = edge;
    this.clock = clock;
    this.redis = redis;
    this.channels = channels;
    this.reports = new ReportScript(redis, settings.offlineAfter());
    this.reads = new ReadScript(redis);
    this.leases = new LeaseScript(redis);
    this.retirements = new RetireScript(redis);
    this.devices = new Devices(clock, settings, this::changed);
    this.metrics = new PresenceMetrics(meters, devices::users, watchers::size);
  }

  @Override
  public Device open(String user) {
    return devices.open(user);
  }

  private void changed(String user, Status status, long atMillis) {
    metrics.changed(status);
    send(PresenceKeys.bucket(user), Map.of(user, status), atMillis);
  }

  /** Reports what is so now; what changes while it is sent is reported behind it. */
  private void report(Collection<String> users) {
    Map<Integer, List<String>> byBucket = new TreeMap<>();
    for (String user : users) {
      byBucket.computeIfAbsent(PresenceKeys.bucket(user), bucket -> new ArrayList<>()).add(user);
    }
    List<String> overtaken = new ArrayList<>();
    byBucket.forEach(
        (bucket, all) -> {
          for (List<String> batch : batches(all)) {
            Map<String, Status> statuses = new HashMap<>();
            batch.forEach(user -> statuses.put(user, devices.status(user)));
            send(bucket, statuses, clock.millis());
            statuses.forEach(
                (user, status) -> {
                  if (devices.status(user) != status) {
                    overtaken.add(user);
                  }
                });
          }
        });
    if (!overtaken.isEmpty()) {
      report(overtaken);
    }
  }

  private void send(int bucket, Map<String, Status> statuses, long nowMillis) {
    metrics.reported(statuses.size());
    track(
        reports.run(bucket, edge, statuses, nowMillis),
        (changes, failure) -> {
          if (failure != null) {
            unreported.addAll(statuses.keySet());
            failed("report", failure);
          }
        });
  }

  @Override
  public CompletableFuture<List<UserPresence>> query(List<String> users) {
    Map<Integer, List<String>> byBucket = new TreeMap<>();
    for (String user : users) {
      byBucket.computeIfAbsent(PresenceKeys.bucket(user), bucket -> new ArrayList<>()).add(user);
    }
    long now = clock.millis();
    List<CompletableFuture<List<UserPresence>>> answers = new ArrayList<>();
    for (List<String> bucket : byBucket.values()) {
      for (List<String> batch : batches(bucket)) {
        answers.add(
            reads
                .run(batch, now)
                .orTimeout(QUERY_SECONDS, TimeUnit.SECONDS)
                .exceptionally(failure -> unknown(batch, failure)));
      }
    }
    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .thenApply(
            done -> {
              Map<String, UserPresence> found = new HashMap<>();
              answers.forEach(
                  answer ->
                      answer.join().forEach(presence -> found.put(presence.user(), presence)));
              return users.stream()
                  .map(user -> found.getOrDefault(user, UserPresence.unknown(user)))
                  .toList();
            });
  }

  private List<UserPresence> unknown(List<String> users, Throwable failure) {
    failed("read", failure);
    return users.stream().map(UserPresence::unknown).toList();
  }

  @Override
  public Watch watch(String user, Consumer<UserPresence> watcher) {
    Watch[] watch = new Watch[1];
    boolean[] known = new boolean[1];
    told.compute(
        user,
        (key, last) -> {
          watch[0] = watchers.add(user, watcher);
          if (last != null) {
            known[0] = true;
            watcher.accept(last);
          }
          return last;
        });
    int bucket = PresenceKeys.bucket(user);
    String channel = PresenceKeys.channel(bucket);
    // Read once the channel is listened to: so no change falls between the two.
    CompletableFuture<?> listening =
        channels.add(channel, this::published, () -> missed.add(bucket));
    if (!known[0]) {
      track(listening, (done, failure) -> read(List.of(user)));
    }
    AtomicBoolean over = new AtomicBoolean();
    return () -> {
      if (over.compareAndSet(false, true)) {
        watch[0].close();
        channels.remove(channel);
        told.computeIfPresent(user, (key, last) -> watchers.watched(user) ? last : null);
      }
    };
  }

  private void published(String message) {
    String[] parts = message.split(" ", -1);
    tell(ReadScript.of(parts[0], parts[1], parts[2]));
  }

  private void read(List<String> users) {
    track(
        query(users),
        (presences, failure) -> {
          if (presences != null) {
            presences.forEach(this::tell);
          }
        });
  }

  private void tell(UserPresence news) {
    told.compute(
        news.user(),
        (user, last) -> {
          if (!watchers.watched(user)) {
            return null;
          }
          if (last != null && !follows(news, last)) {
            return last;
          }
          watchers.tell(user, news);
          if (last != null) {
            metrics.told(last, news, clock.millis());
          }
          return news;
        });
  }

  private static boolean follows(UserPresence news, UserPresence last) {
    return news.status() != last.status()
        && (news.since() == null || last.since() == null || !news.since().isBefore(last.since()));
  }

  @Override
  public void tick() {
    devices.tick();
    long now = clock.millis();
    if (now >= renewAt) {
      renewAt = now + RENEW_MILLIS;
      renew(now);
    }
    if (now >= reportAt) {
      reportAt = now + REPORT_MILLIS;
      channels.refresh();
      report(devices.present().keySet());
    }
    if (!unreported.isEmpty() && !down) {
      List<String> again = List.copyOf(unreported);
      unreported.removeAll(again);
      report(again);
    }
    if (!missed.isEmpty()) {
      Set<Integer> buckets = Set.copyOf(missed);
      missed.removeAll(buckets);
      read(
          watchers.keys().stream()
              .filter(user -> buckets.contains(PresenceKeys.bucket(user)))
              .toList());
    }
    if (now >= readAt) {
      readAt = now + READ_MILLIS;
      read(List.copyOf(watchers.keys()));
    }
  }

  private void renew(long now) {
    track(
        leases.run(edge, now, now + LEASE_MILLIS),
        (renewal, failure) -> {
          if (failure != null || renewal == null) {
            if (!down) {
              down = true;
              LOG.warn("Redis does not answer, presence is unknown: {}", String.valueOf(failure));
            }
            failed("lease", failure);
            return;
          }
          if (down) {
            down = false;
            LOG.info("Redis answers again");
          }
          if (renewal.lost()) {
            // Others have reported this edge's users offline, or Redis has lost its memory.
            reportAt = 0;
          }
          List<Claim> claims = new ArrayList<>();
          unfinished.drainTo(claims);
          claims.forEach(claim -> buryAgain(claim, now));
          if (renewal.dead() != null) {
            bury(new Claim(renewal.dead(), now + LEASE_MILLIS), now);
          }
        });
  }

  /** What failed is tried again, and what watchers were told may not be so: read before long. */
  private void failed(String what, @Nullable Throwable failure) {
    metrics.failed();
    readAt = Math.min(readAt, clock.millis() + RENEW_MILLIS);
    LOG.debug("A {} failed", what, failure);
  }

  /** Only while the claim is this edge's: the other edge may have come back, or be another's. */
  private void buryAgain(Claim claim, long now) {
    track(
        redis.run(c -> c.hget(PresenceKeys.CLAIMS, claim.dead())),
        (until, failure) -> {
          if (failure == null && now < claim.until() && claim.end().equals(until)) {
            bury(claim, now);
          }
        });
  }

  /** Reports another edge's users offline. */
  private void bury(Claim claim, long now) {
    String dead = claim.dead();
    LOG.info("The edge {} is dead, its users are reported offline", dead);
    List<CompletableFuture<?>> buckets = new ArrayList<>();
    for (int i = 0; i < PresenceKeys.BUCKETS; i++) {
      int bucket = i;
      buckets.add(
          redis
              .run(c -> c.smembers(PresenceKeys.edge(bucket, dead)))
              .thenCompose(users -> bury(bucket, dead, users, now)));
    }
    track(
        CompletableFuture.allOf(buckets.toArray(CompletableFuture[]::new))
            .thenCompose(done -> retirements.run(dead, clock.millis())),
        (gone, failure) -> {
          if (failure != null) {
            failed("burial", failure);
            unfinished.add(claim); // once the claim has run out, whoever claims it next goes on
          }
        });
  }

  private CompletableFuture<?> bury(int bucket, String dead, Set<String> users, long now) {
    metrics.buried(users.size());
    List<CompletableFuture<?>> reported = new ArrayList<>();
    for (List<String> batch : batches(List.copyOf(users))) {
      Map<String, Status> statuses = new HashMap<>();
      batch.forEach(user -> statuses.put(user, Status.OFFLINE));
      reported.add(reports.run(bucket, dead, statuses, now));
    }
    return CompletableFuture.allOf(reported.toArray(CompletableFuture[]::new));
  }

  private static List<List<String>> batches(List<String> all) {
    List<List<String>> batches = new ArrayList<>();
    for (int from = 0; from < all.size(); from += BATCH) {
      batches.add(all.subList(from, Math.min(from + BATCH, all.size())));
    }
    return batches;
  }

  private <T> void track(
      CompletableFuture<T> command, BiConsumer<? super @Nullable T, @Nullable Throwable> then) {
    underWay.incrementAndGet();
    command.whenComplete(
        (result, failure) -> {
          try {
            then.accept(result, failure);
          } catch (RuntimeException e) {
            LOG.error("What Redis answered could not be handled", e);
          } finally {
            underWay.decrementAndGet();
          }
        });
  }

  /** How many commands wait for an answer. */
  int underWay() {
    return underWay.get();
  }

  /** Gives the lease back, 1 s at most; the sessions have been closed before. */
  @Override
  public void close() {
    redis
        .run(c -> c.zrem(PresenceKeys.LEASES, edge))
        .orTimeout(1, TimeUnit.SECONDS)
        .handle((removed, failure) -> failure == null)
        .join();
  }
}
