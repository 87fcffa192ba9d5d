package io.confab.cosmos;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Locale;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the account who it is before the SDK does, which neither shows the account's consistency nor
 * tells a wrong key from a wrong address in few words.
 */
final class AccountCheck {
  private static final Logger log = LoggerFactory.getLogger(AccountCheck.class);

  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final Duration SAY_EVERY = Duration.ofSeconds(5);
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  /** A read anywhere after an acknowledged write sees it, or misses it for a bounded time. */
  private static final Set<String> ENOUGH = Set.of("Strong", "BoundedStaleness");

  private final CosmosSettings settings;

  AccountCheck(CosmosSettings settings) {
    this.settings = settings;
  }

  /**
   * Returns when the account has answered and is as it must be.
   *
   * @throws CosmosOpenException where it does not answer within the setting's patience, refuses the
   *     key, is less consistent than the log needs, or has several write regions
   */
  void run() {
    HttpResponse<String> answer = awaitAnswer();
    if (answer.statusCode() == 401 || answer.statusCode() == 403) {
      throw new CosmosOpenException(
          "Cosmos DB at "
              + settings.endpoint()
              + " refuses the key (status "
              + answer.statusCode()
              + "): set confab.cosmos.key to a key of that account.");
    }
    if (answer.statusCode() != 200) {
      throw new CosmosOpenException(
          "What answers at "
              + settings.endpoint()
              + " is no Cosmos DB account (status "
              + answer.statusCode()
              + "): see to confab.cosmos.endpoint.");
    }
    JsonNode account = account(answer.body());
    if (account.path("enableMultipleWriteLocations").asBoolean(false)) {
      throw new CosmosOpenException(
          "The Cosmos DB account at "
              + settings.endpoint()
              + " has several write regions, of which two can take the same sequence: turn"
              + " multi-region writes off.");
    }
    String consistency =
        account.path("userConsistencyPolicy").path("defaultConsistencyLevel").asText("unknown");
    if (!ENOUGH.contains(consistency) && !(settings.emulator() && settings.local())) {
      throw new CosmosOpenException(
          "The Cosmos DB account at "
              + settings.endpoint()
              + " has the default consistency "
              + consistency
              + ": set it to Strong or BoundedStaleness; for Microsoft's emulator set"
              + " confab.cosmos.emulator to true.");
    }
  }

  private HttpResponse<String> awaitAnswer() {
    long deadline = System.nanoTime() + settings.openPatience().toNanos();
    long said = System.nanoTime() - SAY_EVERY.toNanos();
    HttpClient client = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
    while (true) {
      String reason;
      try {
        HttpResponse<String> answer = client.send(request(), HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 429 && answer.statusCode() < 500) {
          return answer;
        }
        reason = "status " + answer.statusCode();
      } catch (IOException e) {
        reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CosmosOpenException("interrupted while waiting for " + settings.endpoint(), e);
      }
      if (System.nanoTime() - deadline >= 0) {
        throw new CosmosOpenException(
            "Cosmos DB at "
                + settings.endpoint()
                + " does not answer ("
                + reason
                + "): start it, or see to confab.cosmos.endpoint.");
      }
      if (System.nanoTime() - said >= SAY_EVERY.toNanos()) {
        log.info("Waiting for Cosmos DB at {} ({})", settings.endpoint(), reason);
        said = System.nanoTime();
      }
      pause();
    }
  }

  private void pause() {
    try {
      Thread.sleep(PAUSE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CosmosOpenException("interrupted while waiting for " + settings.endpoint(), e);
    }
  }

  private HttpRequest request() {
    String date =
        DateTimeFormatter.RFC_1123_DATE_TIME
            .format(ZonedDateTime.now(ZoneOffset.UTC))
            .toLowerCase(Locale.ROOT);
    URI root = settings.endpoint().resolve("/");
    return HttpRequest.newBuilder(root)
        .timeout(TIMEOUT)
        .header("x-ms-date", date)
        .header("x-ms-version", "2018-12-31")
        .header("authorization", authorization(date))
        .GET()
        .build();
  }

  /** Signs a read of the account itself, whose resource type and link are empty. */
  private String authorization(String date) {
    byte[] secret;
    try {
      secret = Base64.getDecoder().decode(settings.key());
    } catch (IllegalArgumentException e) {
      throw new CosmosOpenException("confab.cosmos.key is not Base64: it must be copied whole.", e);
    }
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      byte[] signature =
          mac.doFinal(("get\n\n\n" + date + "\n\n").getBytes(StandardCharsets.UTF_8));
      return URLEncoder.encode(
          "type=master&ver=1.0&sig=" + Base64.getEncoder().encodeToString(signature),
          StandardCharsets.UTF_8);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private JsonNode account(String body) {
    try {
      return new ObjectMapper().readTree(body);
    } catch (JsonProcessingException e) {
      throw new CosmosOpenException(
          "What answers at "
              + settings.endpoint()
              + " is no Cosmos DB account: see to confab.cosmos.endpoint.",
          e);
    }
  }
}
