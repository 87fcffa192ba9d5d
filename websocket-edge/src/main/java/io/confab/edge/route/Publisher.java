package io.confab.edge.route;

import io.confab.edge.redis.RedisCluster;
import io.confab.events.EncodedEvent;
import io.confab.events.EventLog;
import io.confab.events.Kind;
import io.confab.events.MalformedEventException;
import io.confab.events.MemberChanges;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes events to the edges that have sessions of whom they concern: of a chat the members, of
 * a channel those who come and go. For one thread.
 */
final class Publisher {
  private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);

  /** So many users are looked up at a time. */
  private static final int LOOKUPS = 2_000;

  private final Clock clock;
  private final RedisCluster redis;
  private final UserEdges userEdges;
  private final RecentJoins joins;
  private final Recipients recipients;
  private final Counter published;
  private final Counter malformed;

  Publisher(
      EventLog log, ChatMembers members, Clock clock, RedisCluster redis, MeterRegistry meters) {
    this.clock = clock;
    this.redis = redis;
    this.userEdges = new UserEdges(redis);
    this.joins = new RecentJoins(redis);
    this.recipients = new Recipients(log, members);
    published =
        Counter.builder("confab.router.published")
            .description("Publications: an event counts once for each edge")
            .register(meters);
    malformed =
        Counter.builder("confab.router.malformed")
            .description("Records and events that are damaged, and passed over")
            .register(meters);
  }

  /** A damaged record, of which nobody can be told. */
  void passOver(RuntimeException failure) {
    malformed.increment();
    LOG.error("{}; its conversation is given from the log", failure.getMessage());
  }

  /**
   * Publishes the events in their order; returns when it is known of each whether that went well.
   * An event that adds members has failed, too, where an edge that has sessions of them does not
   * listen. Whoever begins to listen before that is known of the edge finds it among the recent
   * joins, which are written first.
   *
   * @return those that may not have reached each edge that they concern
   */
  List<Routed> publish(List<Routed> all) {
    List<Routed> failed = new ArrayList<>();
    Map<Routed, Set<String>> concerned = new HashMap<>();
    Set<String> users = new HashSet<>();
    List<Routed> known = new ArrayList<>();
    for (Routed routed : all) {
      try {
        Set<String> found = concerned(routed.event());
        concerned.put(routed, found);
        users.addAll(found);
        known.add(routed);
      } catch (MalformedEventException e) {
        passOver(e);
      } catch (RuntimeException e) {
        LOG.debug("Cannot find out whom an event concerns", e);
        failed.add(routed);
      }
    }
    Set<Routed> unnoted = note(known);
    Map<String, Set<String>> edges = lookUp(users);
    Map<Routed, CompletableFuture<Boolean>> underWay = new LinkedHashMap<>();
    for (Routed routed : known) {
      underWay.put(routed, publish(routed, concerned.getOrDefault(routed, Set.of()), edges));
    }
    underWay.forEach(
        (routed, done) -> {
          if (!done.join() || unnoted.contains(routed)) {
            failed.add(routed);
          }
        });
    return failed;
  }

  private Set<String> concerned(RoutedEvent event) {
    return event.kind() == Kind.CHANNEL
        ? MemberChanges.users(event.event())
        : recipients.of(event.event());
  }

  /** Writes who is added to what; gives the events of which that has failed. */
  private Set<Routed> note(List<Routed> all) {
    Set<Routed> failed = new HashSet<>();
    Map<CompletableFuture<?>, Routed> underWay = new HashMap<>();
    long now = clock.millis();
    for (Routed routed : all) {
      if (!routed.adds()) {
        continue;
      }
      EncodedEvent event = routed.event().event();
      for (String user : MemberChanges.users(event)) {
        underWay.put(joins.add(user, event.conversation(), now), routed);
      }
      if (underWay.size() >= LOOKUPS) {
        settle(underWay, failed);
      }
    }
    settle(underWay, failed);
    return failed;
  }

  private static void settle(Map<CompletableFuture<?>, Routed> underWay, Set<Routed> failed) {
    underWay.forEach(
        (noted, routed) -> {
          if (!noted.handle((done, failure) -> failure == null).join()) {
            failed.add(routed);
          }
        });
    underWay.clear();
  }

  /** The edges of each user; a user who could not be looked up is not in it. */
  private Map<String, Set<String>> lookUp(Set<String> users) {
    Map<String, Set<String>> found = new HashMap<>();
    List<String> all = List.copyOf(users);
    for (int from = 0; from < all.size(); from += LOOKUPS) {
      List<String> some = all.subList(from, Math.min(all.size(), from + LOOKUPS));
      Map<String, CompletableFuture<@Nullable Set<String>>> answers = new HashMap<>();
      long now = clock.millis();
      for (String user : some) {
        answers.put(user, userEdges.of(user, now).exceptionally(failure -> null));
      }
      answers.forEach(
          (user, answer) -> {
            Set<String> edges = answer.join();
            if (edges != null) {
              found.put(user, edges);
            }
          });
    }
    return found;
  }

  /** Completed with whether all went well; never exceptionally. */
  private CompletableFuture<Boolean> publish(
      Routed routed, Set<String> users, Map<String, Set<String>> edgesOfUsers) {
    boolean complete = true;
    Set<String> edges = new HashSet<>();
    for (String user : users) {
      Set<String> those = edgesOfUsers.get(user);
      if (those == null) {
        complete = false;
      } else {
        edges.addAll(those);
      }
    }
    CompletableFuture<Boolean> all = CompletableFuture.completedFuture(complete);
    if (edges.isEmpty()) {
      return all;
    }
    String message = routed.event().message();
    published.increment(edges.size());
    for (String edge : edges) {
      CompletableFuture<Boolean> one =
          redis
              .run(c -> c.spublish(UserEdges.channel(edge), message))
              .handle((receivers, failure) -> failure == null && (receivers > 0 || !routed.adds()));
      all = all.thenCombine(one, Boolean::logicalAnd);
    }
    return all;
  }
}
