package io.confab.views;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/**
 * Random logs through random batches, with redelivery, restarts and rebuilds in between, against a
 * model that recounts everything from the log. jqwik prints the seed.
 */
class ViewsModelTest {
  private static final int EVENTS = 2_400;

  @Property(tries = 6, shrinking = ShrinkingMode.OFF)
  void everyViewEqualsARecountFromTheLog(@ForAll long seed) throws IOException {
    Path directory = Files.createTempDirectory("views");
    try (ViewsSchedule schedule =
        new ViewsSchedule(() -> RocksDbViewStore.open(directory), seed, EVENTS)) {
      schedule.run();
    } finally {
      delete(directory);
    }
  }

  static void delete(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
