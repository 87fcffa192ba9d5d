package io.confab.cosmos;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The local Cosmos endpoint as a process of its own, on a free port of the loopback interface. What
 * it holds is in memory and ends with it; it ends with this JVM at the latest.
 *
 * <p>Its faults are switched as {@code cosmos-local/README.md} tells.
 */
public final class LocalCosmos implements AutoCloseable {
  /** The key that every emulator has; the endpoint checks it. */
  public static final String KEY =
      "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==";

  private static final String READY = "ready ";
  private static final AtomicInteger DATABASES = new AtomicInteger();

  private final HttpClient http = HttpClient.newHttpClient();
  private final Process process;
  private final URI endpoint;

  private LocalCosmos(Process process, URI endpoint) {
    this.process = process;
    this.endpoint = endpoint;
  }

  /** Starts one that belongs to the caller. Returns when it answers. */
  public static LocalCosmos start(String... arguments) {
    Path directory = directory();
    if (!Files.isDirectory(directory.resolve("node_modules"))) {
      throw new IllegalStateException(
          "the packages of cosmos-local are not installed: run cosmos-local/setup.sh");
    }
    String[] command = new String[arguments.length + 4];
    command[0] = directory.resolve("start").toString();
    command[1] = "--port";
    command[2] = "0";
    // It ends when its standard input does: however this JVM ends.
    command[3] = "--with-parent";
    System.arraycopy(arguments, 0, command, 4, arguments.length);
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        if (line.startsWith(READY)) {
          return new LocalCosmos(process, URI.create(line.substring(READY.length())));
        }
      }
      throw new IllegalStateException("the local Cosmos endpoint ended before it was ready");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The one that the tests of this JVM share; each takes a database of its own. Never closed. */
  public static LocalCosmos shared() {
    return Shared.INSTANCE;
  }

  private static final class Shared {
    static final LocalCosmos INSTANCE = start();
  }

  public URI endpoint() {
    return endpoint;
  }

  /**
   * Settings with a database that no other caller in this JVM has got, and no patience at start.
   */
  public CosmosSettings settings() {
    return new CosmosSettings(
        endpoint,
        KEY,
        "test-" + ProcessHandle.current().pid() + "-" + DATABASES.incrementAndGet(),
        false,
        false,
        true,
        0,
        Duration.ofSeconds(5),
        Duration.ofSeconds(5),
        Duration.ZERO);
  }

  /**
   * Adds a fault, as JSON; for example {@code {"kind":"throttle","times":3,"retryAfterMs":20}}.
   * Requests in hand when this returns are not touched by it; later ones are.
   */
  public void fault(String json) {
    send(request("/_local/faults").POST(HttpRequest.BodyPublishers.ofString(json)).build());
  }

  /** Ends all faults, and lets go what is held up. */
  public void heal() {
    send(request("/_local/faults").DELETE().build());
  }

  /** Ends the faults of that name, and lets go what they hold up. */
  public void heal(String name) {
    send(request("/_local/faults?name=" + name).DELETE().build());
  }

  /** The faults and how often each has struck, as JSON. */
  public String faults() {
    return send(request("/_local/faults").GET().build());
  }

  /** Ends the process. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(endpoint.resolve(path)).timeout(Duration.ofSeconds(10));
  }

  private String send(HttpRequest request) {
    try {
      HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new IllegalArgumentException(answer.body());
      }
      return answer.body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Tests run in a module's directory, or in the project's. */
  private static Path directory() {
    Path from = Path.of("").toAbsolutePath();
    for (Path at = from; at != null; at = at.getParent()) {
      Path found = at.resolve("cosmos-local");
      if (Files.isRegularFile(found.resolve("package.json"))) {
        return found;
      }
    }
    throw new IllegalStateException("there is no cosmos-local above " + from);
  }
}
