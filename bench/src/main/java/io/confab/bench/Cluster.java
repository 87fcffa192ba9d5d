package io.confab.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Messages through the cluster of processes on this machine, from a client through nginx, an edge,
 * a command-side, the event store, the mirror and Kafka to the clients of both edges.
 */
final class Cluster {
  private static final int CHATS = 10;
  private static final int CHAT_MEMBERS = 20;
  private static final int CHAT_RATE = 190;
  private static final int CHANNEL_RATE = 10;
  private static final String DELIVERY = "SEND to MESSAGE";
  private static final String P99 = "p99 ms";

  /** What the design promises of a delivery. */
  private static final double AIM_MILLIS = 500;

  private static final long VIEW_NANOS = TimeUnit.SECONDS.toNanos(60);

  private Cluster() {}

  /** Conversations of one size, into which so many messages a second are sent together. */
  private record Mix(String name, String kind, int conversations, int members, int rate) {}

  static Report run(Settings settings) throws Exception {
    Report report = new Report("cluster", settings.quick());
    int seconds = settings.quick() ? 5 : 30;
    int channelMembers = settings.quick() ? 100 : 1_000;
    List<Mix> mixes =
        List.of(
            new Mix(CHATS + " chats of " + CHAT_MEMBERS, "group", CHATS, CHAT_MEMBERS, CHAT_RATE),
            new Mix(
                String.format("a channel of %,d", channelMembers),
                "channel",
                1,
                channelMembers,
                CHANNEL_RATE));
    report.setting("cluster", "one Kafka broker, three Redis masters, two of each service");
    report.setting("Cosmos DB", "the local endpoint of cosmos-local, which syncs nothing");
    report.setting("clients", "a session for each member, through nginx to both edges");
    report.setting("time", seconds + " s a repetition, after as long a warm-up");
    try (ClusterProcesses cluster = ClusterProcesses.start(settings);
        Child load = Child.start(settings, "load-cluster", ClusterLoad.class)) {
      load.ask(target(cluster.port(), mixes));
      send(load, seconds); // warm-up
      for (int repetition = 0; repetition < settings.repetitions(); repetition++) {
        JsonNode kinds = send(load, seconds).get("kinds");
        for (int i = 0; i < mixes.size(); i++) {
          String scenario = scenario(mixes.get(i));
          Map<String, Double> receipts = figures(kinds.get(i).get("receipts"));
          receipts.put("refused", kinds.get(i).get("refused").doubleValue());
          report.sample(scenario, "SEND to RECEIPT", receipts);
          report.sample(scenario, DELIVERY, figures(kinds.get(i).get("deliveries")));
        }
      }
    }
    for (Mix mix : mixes) {
      String scenario = scenario(mix);
      report.atMost(
          scenario + ": P99 of SEND to MESSAGE in ms",
          report.figure(scenario, DELIVERY, P99).median(),
          AIM_MILLIS);
    }
    return report;
  }

  private static String scenario(Mix mix) {
    return mix.name()
        + String.format(
            " members, %d messages/s, %,d deliveries/s", mix.rate(), mix.rate() * mix.members());
  }

  private static ObjectNode send(Child load, int seconds) throws IOException {
    return load.ask(Child.JSON.createObjectNode().put("seconds", seconds));
  }

  private static Map<String, Double> figures(JsonNode measured) {
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("per s", measured.get("rate").doubleValue());
    figures.put("p50 ms", measured.get("p50").doubleValue());
    figures.put("p95 ms", measured.get("p95").doubleValue());
    figures.put(P99, measured.get("p99").doubleValue());
    figures.put("p99.9 ms", measured.get("p999").doubleValue());
    figures.put("max ms", measured.get("max").doubleValue());
    figures.put("lost", measured.get("lost").doubleValue());
    return figures;
  }

  private static ObjectNode target(int port, List<Mix> mixes)
      throws IOException, InterruptedException {
    ConfabApi api = ConfabApi.at(port);
    ObjectNode target = Child.JSON.createObjectNode().put("port", port);
    ArrayNode kinds = target.putArray("kinds");
    for (Mix mix : mixes) {
      ObjectNode kind = kinds.addObject().put("name", mix.name()).put("rate", mix.rate());
      ArrayNode conversations = kind.putArray("conversations");
      for (int i = 0; i < mix.conversations(); i++) {
        start(api, mix, i, conversations.addObject());
      }
    }
    return target;
  }

  private static void start(ConfabApi api, Mix mix, int number, ObjectNode described)
      throws IOException, InterruptedException {
    List<String> members = new ArrayList<>();
    ArrayNode tokens = described.putArray("tokens");
    for (int i = 0; i < mix.members(); i++) {
      members.add(mix.kind() + "-" + number + "-" + i);
      tokens.add(api.token(members.get(i)));
    }
    String owner = tokens.get(0).stringValue();
    String conversation = api.start(mix.kind(), owner, members.subList(1, members.size()));
    described.put("id", conversation);
    long end = System.nanoTime() + VIEW_NANOS;
    while (!api.shows(owner, conversation)) {
      if (System.nanoTime() > end) {
        throw new IOException("no view of " + conversation + " after " + VIEW_NANOS / 1e9 + " s");
      }
      Thread.sleep(50);
    }
  }
}
