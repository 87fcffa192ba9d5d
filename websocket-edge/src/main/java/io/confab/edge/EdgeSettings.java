package io.confab.edge;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The bounds of a session and of the edge.
 *
 * @param frameLimit of a WebSocket message and of a STOMP frame that comes in, in bytes; default 64
 *     KB, 1 KB to 16 MB
 * @param connectTimeout from the opened WebSocket to an accepted CONNECT; default 10 s
 * @param heartBeat what the server offers and asks for, each way; a client that promised
 *     heart-beats and is silent for three of them is disconnected. Default 5 s, at least 100 ms
 * @param idleTimeout after which a connection on which nothing moves either way is closed; bounds
 *     clients without heart-beats. Default 60 s
 * @param outboundLimit what may wait to be written to one session, in bytes, before it is closed as
 *     too slow (4008), where one frame counts for a quarter of it at most; default 1 MB, at least
 *     64 KB
 * @param writeTimeout how long one write may take before the session is closed as too slow (4008);
 *     default 10 s
 * @param resumeLimit the most events that a subscription replays; a greater gap is named by a
 *     HistoryGap. Default 1,000, from 0
 * @param subscriptionsPerSession default 1,000
 * @param sendsInFlight SENDs of one session that are not answered yet, at which nothing more is
 *     read from it until half of them are; what one WebSocket message holds may exceed it. Default
 *     1,024
 * @param replayThreads read the log for replays and holes; default 2
 * @param reconnectWithin the longest delay before a reconnect that a stopping server asks for, so
 *     that its clients do not all come back at once; default 10 s
 * @param batchMaxDelay the most that an event waits for others of its conversation, where that was
 *     just delivered to many sessions of this edge: 100 µs for each of them, from 100 sessions on.
 *     0 for none; default 250 ms, at most 1 s
 */
@ConfigurationProperties("confab.edge")
public record EdgeSettings(
    @DefaultValue("64KB") DataSize frameLimit,
    @DefaultValue("10s") Duration connectTimeout,
    @DefaultValue("5s") Duration heartBeat,
    @DefaultValue("60s") Duration idleTimeout,
    @DefaultValue("1MB") DataSize outboundLimit,
    @DefaultValue("10s") Duration writeTimeout,
    @DefaultValue("1000") int resumeLimit,
    @DefaultValue("1000") int subscriptionsPerSession,
    @DefaultValue("1024") int sendsInFlight,
    @DefaultValue("2") int replayThreads,
    @DefaultValue("10s") Duration reconnectWithin,
    @DefaultValue("250ms") Duration batchMaxDelay) {

  /** The defaults, as without any setting. */
  public static final EdgeSettings DEFAULT =
      new EdgeSettings(
          DataSize.ofKilobytes(64),
          Duration.ofSeconds(10),
          Duration.ofSeconds(5),
          Duration.ofSeconds(60),
          DataSize.ofMegabytes(1),
          Duration.ofSeconds(10),
          1_000,
          1_000,
          1_024,
          2,
          Duration.ofSeconds(10),
          Duration.ofMillis(250));

  public EdgeSettings {
    within("frame-limit", frameLimit.toBytes(), 1 << 10, 16 << 20);
    within("connect-timeout", connectTimeout.toMillis(), 1, Integer.MAX_VALUE);
    within("heart-beat", heartBeat.toMillis(), 100, Integer.MAX_VALUE);
    within("idle-timeout", idleTimeout.toMillis(), 1_000, Integer.MAX_VALUE);
    within("outbound-limit", outboundLimit.toBytes(), 64 << 10, 1 << 30);
    within("write-timeout", writeTimeout.toMillis(), 1, Integer.MAX_VALUE);
    within("resume-limit", resumeLimit, 0, 1_000_000);
    within("subscriptions-per-session", subscriptionsPerSession, 1, 1_000_000);
    within("sends-in-flight", sendsInFlight, 1, 1_000_000);
    within("replay-threads", replayThreads, 1, 256);
    within("reconnect-within", reconnectWithin.toMillis(), 1, Integer.MAX_VALUE);
    within("batch-max-delay", batchMaxDelay.toMillis(), 0, 1_000);
  }

  private static void within(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "confab.edge.%s is %d, must be from %d to %d".formatted(name, value, least, most));
    }
  }
}
