package io.confab.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What a suite measured: rows of figures, ratios between them, and the aims they are held to. */
final class Report {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final String name;
  private final boolean quick;
  private final Map<String, String> setting = new LinkedHashMap<>();
  private final Map<Key, Map<String, List<Double>>> samples = new LinkedHashMap<>();
  private final List<Comparison> comparisons = new ArrayList<>();

  private record Key(String scenario, String subject) {}

  /** {@code aim} and {@code held} are null where there is nothing to hold. */
  private record Comparison(
      String what, double value, @Nullable String aim, @Nullable Boolean held) {
    String mark() {
      if (held == null) {
        return "        ";
      }
      return held ? "held    " : "MISSED  ";
    }
  }

  Report(String name, boolean quick) {
    this.name = name;
    this.quick = quick;
  }

  /** A fact about how it was measured. */
  void setting(String what, Object value) {
    setting.put(what, value.toString());
  }

  /** Adds one repetition's figures to a row. */
  void sample(String scenario, String subject, Map<String, Double> figures) {
    Map<String, List<Double>> row =
        samples.computeIfAbsent(new Key(scenario, subject), key -> new LinkedHashMap<>());
    figures.forEach(
        (metric, value) -> row.computeIfAbsent(metric, key -> new ArrayList<>()).add(value));
  }

  /** The figure of a row that was measured. */
  Figure figure(String scenario, String subject, String metric) {
    Map<String, List<Double>> row =
        Objects.requireNonNull(samples.get(new Key(scenario, subject)), scenario + ", " + subject);
    return Figure.of(Objects.requireNonNull(row.get(metric), metric));
  }

  boolean has(String scenario, String subject) {
    return samples.containsKey(new Key(scenario, subject));
  }

  /** A ratio to know, without an aim. */
  void ratio(String what, double value) {
    comparisons.add(new Comparison(what, value, null, null));
  }

  /** A ratio, and whether it is at least what is aimed at; a quick run holds nothing to aims. */
  void atLeast(String what, double value, double aim) {
    hold(what, value, "at least " + Figure.text(aim), value >= aim);
  }

  /** A ratio, and whether it is at most what is aimed at; a quick run holds nothing to aims. */
  void atMost(String what, double value, double aim) {
    hold(what, value, "at most " + Figure.text(aim), value <= aim);
  }

  private void hold(String what, double value, String aim, boolean held) {
    if (quick) {
      ratio(what, value);
    } else {
      comparisons.add(new Comparison(what, value, aim, held));
    }
  }

  /** The figures as text: a table for each scenario, then what was compared. */
  String table() {
    StringBuilder text = new StringBuilder();
    text.append("== ").append(name).append(quick ? " (quick: figures mean nothing)" : "");
    text.append(" ==\n");
    machine().forEach((what, value) -> text.append(what).append(": ").append(value).append('\n'));
    setting.forEach((what, value) -> text.append(what).append(": ").append(value).append('\n'));
    Set<String> scenarios = new LinkedHashSet<>();
    samples.keySet().forEach(key -> scenarios.add(key.scenario()));
    for (String scenario : scenarios) {
      text.append('\n').append(scenario).append("; median (min–max)\n");
      text.append(grid(scenario));
    }
    text.append('\n');
    for (Comparison comparison : comparisons) {
      text.append(comparison.mark())
          .append(comparison.what())
          .append(": ")
          .append(Figure.text(comparison.value()))
          .append(comparison.aim() == null ? "" : ", aim " + comparison.aim())
          .append('\n');
    }
    return text.toString();
  }

  private String grid(String scenario) {
    Set<String> metrics = new LinkedHashSet<>();
    samples.forEach(
        (key, row) -> {
          if (key.scenario().equals(scenario)) {
            metrics.addAll(row.keySet());
          }
        });
    List<List<String>> lines = new ArrayList<>();
    List<String> head = new ArrayList<>(List.of(""));
    head.addAll(metrics);
    lines.add(head);
    samples.forEach(
        (key, row) -> {
          if (key.scenario().equals(scenario)) {
            List<String> line = new ArrayList<>(List.of(key.subject()));
            for (String metric : metrics) {
              List<Double> values = row.get(metric);
              line.add(values == null ? "" : Figure.of(values).toString());
            }
            lines.add(line);
          }
        });
    int[] widths = new int[head.size()];
    for (List<String> line : lines) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    StringBuilder grid = new StringBuilder();
    for (List<String> line : lines) {
      grid.append("  ").append(pad(line.get(0), -widths[0]));
      for (int i = 1; i < widths.length; i++) {
        grid.append("   ").append(pad(line.get(i), widths[i]));
      }
      grid.append('\n');
    }
    return grid.toString();
  }

  private static String pad(String text, int width) {
    char[] blanks = new char[Math.max(0, Math.abs(width) - text.length())];
    Arrays.fill(blanks, ' ');
    return width < 0 ? text + new String(blanks) : new String(blanks) + text;
  }

  /** Writes {@code <name>.json} into that directory. */
  Path write(Path directory) throws IOException {
    ObjectNode root = MAPPER.createObjectNode();
    root.put("suite", name);
    root.put("quick", quick);
    ObjectNode facts = root.putObject("machine");
    machine().forEach(facts::put);
    ObjectNode settings = root.putObject("settings");
    setting.forEach(settings::put);
    ArrayNode rows = root.putArray("rows");
    samples.forEach(
        (key, row) -> {
          ObjectNode item = rows.addObject();
          item.put("scenario", key.scenario());
          item.put("subject", key.subject());
          row.forEach(
              (metric, values) -> {
                Figure figure = Figure.of(values);
                ObjectNode spread = item.putObject(metric);
                spread.put("median", rounded(figure.median()));
                spread.put("min", rounded(figure.min()));
                spread.put("max", rounded(figure.max()));
                spread.put("repetitions", values.size());
              });
        });
    ArrayNode compared = root.putArray("comparisons");
    for (Comparison comparison : comparisons) {
      ObjectNode item = compared.addObject();
      item.put("what", comparison.what());
      item.put("value", rounded(comparison.value()));
      item.put("aim", comparison.aim());
      item.put("held", comparison.held());
    }
    Files.createDirectories(directory);
    Path file = directory.resolve(name + ".json");
    return Files.writeString(file, MAPPER.writeValueAsString(root) + "\n");
  }

  private static double rounded(double value) {
    return Math.round(value * 10_000) / 10_000.0;
  }

  private static Map<String, String> machine() {
    Map<String, String> facts = new TreeMap<>();
    facts.put("cores", String.valueOf(Runtime.getRuntime().availableProcessors()));
    facts.put("jdk", System.getProperty("java.vm.name") + " " + Runtime.version());
    facts.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    if (ManagementFactory.getOperatingSystemMXBean()
        instanceof com.sun.management.OperatingSystemMXBean system) {
      facts.put("memory", (system.getTotalMemorySize() >> 30) + " GiB");
    }
    return facts;
  }
}
