package io.confab.edge.relay;

import io.confab.web.CommandRelay;
import io.confab.web.ServiceKey;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether command-side takes this edge's key, as its answers tell; says so in one line a minute
 * where it does not. Safe for use by many threads.
 */
final class KeyWatch {
  private static final Logger LOG = LoggerFactory.getLogger(KeyWatch.class);
  private static final Duration ANSWER_PATIENCE = Duration.ofSeconds(1);
  private static final long LINE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final RelaySettings settings;
  private final ServiceKey key;
  private final HttpClient http;
  private volatile boolean taken;
  private volatile boolean refused;
  private final AtomicLong lineAt = new AtomicLong(System.nanoTime() - LINE_NANOS);

  KeyWatch(RelaySettings settings, ServiceKey key, HttpClient http) {
    this.settings = settings;
    this.key = key;
    this.http = http;
  }

  static boolean refuses(int status) {
    return status == 401 || status == 403;
  }

  void taken() {
    if (!taken) {
      taken = true;
      refused = false;
    }
  }

  void refused(int status) {
    taken = false;
    refused = true;
    long now = System.nanoTime();
    long last = lineAt.get();
    if (now - last >= LINE_NANOS && lineAt.compareAndSet(last, now)) {
      LOG.error(
          "{} answers {}: confab.services.secret is not the same there as here, or the clocks are"
              + " more than a minute apart; commands are refused as unavailable",
          settings.url(),
          status);
    }
  }

  /**
   * Whether the key is refused. Unless the last answer came for a request that was taken, asks with
   * a list of no commands, for 1 s at most.
   */
  boolean isRefused() {
    if (taken) {
      return false;
    }
    HttpRequest none =
        HttpRequest.newBuilder(settings.url().resolve(CommandRelay.path("none")))
            .timeout(ANSWER_PATIENCE)
            .header("Authorization", key.authorization())
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofByteArray(CommandRelay.commands(List.of())))
            .build();
    try {
      int status = http.send(none, BodyHandlers.discarding()).statusCode();
      if (refuses(status)) {
        refused(status);
      } else if (status == 200) {
        taken();
      }
    } catch (IOException away) {
      return refused; // others say so
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return refused;
  }
}
