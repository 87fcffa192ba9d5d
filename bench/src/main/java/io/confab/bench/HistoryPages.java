package io.confab.bench;

import io.confab.views.MessageView;
import io.confab.views.RocksDbViewStore;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Reads one page of the main view, of {@value #PAGE} messages, at several depths. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class HistoryPages {
  static final int PAGE = 50;
  static final String CONVERSATION = "c-bench";

  /** Where {@link History} has put the views. */
  @Param("")
  public String directory = "";

  /** How many messages there are; their sequences are 1 to that. */
  @Param("0")
  public long messages;

  /** {@code newest}, {@code middle}, {@code oldest}, or another one {@code anywhere} each time. */
  @Param("")
  public String page = "";

  @SuppressWarnings("NullAway.Init") // by open
  private RocksDbViewStore views;

  @Setup
  public void open() {
    views = RocksDbViewStore.open(Path.of(directory));
  }

  @TearDown
  public void close() {
    views.close();
  }

  @Benchmark
  public List<MessageView> read() {
    return views.messagesBefore(CONVERSATION, before(), PAGE);
  }

  private long before() {
    return switch (page) {
      case "newest" -> Long.MAX_VALUE;
      case "middle" -> messages / 2;
      case "oldest" -> PAGE + 1;
      default -> ThreadLocalRandom.current().nextLong(PAGE + 1, messages + 1);
    };
  }
}
