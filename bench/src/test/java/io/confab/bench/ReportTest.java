package io.confab.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ReportTest {
  @TempDir Path directory;

  @Test
  void aFigureIsTheMedianWithLeastAndGreatest() {
    assertThat(Figure.of(List.of(3.0, 1.0, 2.0))).isEqualTo(new Figure(2, 1, 3));
    assertThat(Figure.of(List.of(4.0, 1.0, 2.0, 3.0))).isEqualTo(new Figure(2.5, 1, 4));
    assertThat(Figure.of(List.of(1500.0, 30.0, 0.05))).hasToString("30.0 (0.0500–1,500)");
  }

  @Test
  void anAimThatIsMissedIsShownAsMissed() {
    Report report = report(false);
    report.atLeast("rate", 9.9, 10);
    report.atMost("cost", 60, 60);
    report.ratio("limit", 0.5);
    assertThat(report.table())
        .contains("MISSED  rate: 9.90, aim at least 10.0")
        .contains("held    cost: 60.0, aim at most 60.0")
        .contains("        limit: 0.50\n");
  }

  @Test
  void aQuickRunIsHeldToNothing() {
    Report report = report(true);
    report.atLeast("rate", 9.9, 10);
    assertThat(report.table()).contains("figures mean nothing").doesNotContain("MISSED");
  }

  @Test
  void theFileHoldsEveryRowAndNoHostName() throws IOException {
    Report report = report(false);
    report.atLeast("rate", 9.9, 10);
    String json = Files.readString(report.write(directory));
    JsonNode root = new JsonMapper().readTree(json);
    assertThat(root.at("/rows/0/scenario").stringValue()).isEqualTo("one");
    assertThat(root.at("/rows/0/subject").stringValue()).isEqualTo("ours");
    assertThat(root.at("/rows/0/rate/median").doubleValue()).isEqualTo(20);
    assertThat(root.at("/rows/0/rate/repetitions").intValue()).isEqualTo(3);
    assertThat(root.at("/comparisons/0/held").booleanValue()).isFalse();
    assertThat(root.at("/machine").propertyNames())
        .containsExactlyInAnyOrder("cores", "jdk", "memory", "os");
  }

  private static Report report(boolean quick) {
    Report report = new Report("suite", quick);
    for (double rate : new double[] {10, 20, 30}) {
      report.sample("one", "ours", Map.of("rate", rate));
    }
    return report;
  }
}
