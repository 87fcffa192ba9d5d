package io.confab.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A JVM that does one thing and is told over its standard input when to do it: a line of JSON in, a
 * line of JSON out. It ends when its standard input does, so none outlives the run.
 */
final class Child implements AutoCloseable {
  static final JsonMapper JSON = new JsonMapper();
  private static final String ANSWER = "= ";
  private static final int EXIT_SECONDS = 20;

  private final String name;
  private final Process process;
  private final BufferedWriter in;
  private final BufferedReader out;

  /** What a child does with a line. */
  @FunctionalInterface
  interface Service {
    ObjectNode answer(ObjectNode question) throws Exception;
  }

  private Child(String name, Process process) {
    this.name = name;
    this.process = process;
    this.in =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
    this.out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /**
   * The child's entry: the main method of the class named first, with the other arguments. A
   * failure there ends the process, whatever threads it has started.
   */
  public static void main(String[] arguments) {
    try {
      Class.forName(arguments[0])
          .getMethod("main", String[].class)
          .invoke(null, (Object) Arrays.copyOfRange(arguments, 1, arguments.length));
    } catch (Throwable e) {
      e.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
  }

  /** Starts a JVM with this one's class path. */
  static Child start(Settings settings, String name, Class<?> main, String... arguments)
      throws IOException {
    List<String> command = jvm();
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(Child.class.getName(), main.getName()));
    command.addAll(List.of(arguments));
    return launch(settings, name, command);
  }

  static Child launch(Settings settings, String name, List<String> command) throws IOException {
    Path log = settings.logs().resolve(name + ".log");
    Process process = new ProcessBuilder(command).redirectError(log.toFile()).start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    return new Child(name + " (see " + log + ")", process);
  }

  /** The start of a command line: the same flags for whatever is compared. */
  static List<String> jvm() {
    return new ArrayList<>(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx2g",
            "--enable-native-access=ALL-UNNAMED",
            "-Daxoniq.update-checker.disabled=true"));
  }

  /** Asks and waits for the answer. */
  ObjectNode ask(ObjectNode question) throws IOException {
    tell(question);
    return answer();
  }

  void tell(ObjectNode question) throws IOException {
    in.write(JSON.writeValueAsString(question));
    in.newLine();
    in.flush();
  }

  ObjectNode answer() throws IOException {
    String line = line(ANSWER);
    return (ObjectNode) JSON.readTree(line.substring(ANSWER.length()));
  }

  /** Reads on to the first line of standard output that holds {@code text}. */
  String line(String text) throws IOException {
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      if (line.contains(text)) {
        return line;
      }
    }
    throw new IOException(name + " ended before it said '" + text + "'");
  }

  /** The CPU time that the process has used so far. */
  Duration cpu() {
    return cpu(process.toHandle());
  }

  static Duration cpu(ProcessHandle process) {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** Goes on reading what the process prints, for one that would otherwise block on it. */
  void drain() {
    Thread drain = new Thread(() -> out.lines().forEach(line -> {}), "drain");
    drain.setDaemon(true);
    drain.start();
  }

  @Override
  public void close() {
    try {
      in.close();
    } catch (IOException e) {
      // It has ended already.
    }
    process.destroy();
    try {
      if (!process.waitFor(EXIT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /**
   * The child's side: says {@code ready}, answers until its standard input ends, then exits.
   *
   * @param ready null where the child answers nothing before the first question
   */
  static void serve(@Nullable ObjectNode ready, Service service) {
    PrintStream answers = System.out;
    System.setOut(System.err);
    if (ready != null) {
      answers.println(ANSWER + JSON.writeValueAsString(ready));
    }
    BufferedReader questions =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    int status = 0;
    try {
      for (String line = questions.readLine(); line != null; line = questions.readLine()) {
        ObjectNode answer = service.answer((ObjectNode) JSON.readTree(line));
        answers.println(ANSWER + JSON.writeValueAsString(answer));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (Exception e) {
      e.printStackTrace();
      status = 1;
    }
    System.exit(status);
  }
}
