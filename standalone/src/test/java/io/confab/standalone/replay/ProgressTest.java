package io.confab.standalone.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private long millis;

  private Progress progress(boolean terminal) {
    return new Progress(
        new PrintStream(said, true, StandardCharsets.UTF_8),
        terminal,
        "events",
        1_000,
        2_000,
        5_000,
        () -> TimeUnit.MILLISECONDS.toNanos(millis));
  }

  private String said() {
    return said.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aTerminalSeesABar() {
    Progress progress = progress(true);
    millis = 99;
    progress.at(2_500, 10);
    assertThat(said()).isEmpty();
    millis = 500;
    progress.at(3_000, 1_234);
    assertThat(said())
        .isEqualTo(
            "\r\u001b[K[############------------]  50 % of 4,000 events, 1,234 lines, 1 s left");
    progress.end();
    assertThat(said()).endsWith("left\r\u001b[K");
  }

  @Test
  void elsewhereThereAreLines() {
    Progress progress = progress(false);
    millis = 9_999;
    progress.at(2_500, 10);
    assertThat(said()).isEmpty();
    millis = 10_000;
    progress.at(3_000, 1_234);
    millis = 19_000;
    progress.at(4_000, 2_000);
    millis = 20_000;
    progress.at(5_000, 3_000);
    progress.end();
    assertThat(said().lines())
        .containsExactly(
            "confab: 50 % of 4,000 events, 1,234 lines, 20 s left",
            "confab: 100 % of 4,000 events, 3,000 lines, 0 s left");
  }
}
