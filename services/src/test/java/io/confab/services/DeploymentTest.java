package io.confab.services;

import static org.assertj.core.api.Assertions.assertThat;

import io.confab.cosmos.CosmosSettings;
import io.confab.edge.redis.RedisSettings;
import io.confab.edge.relay.RelaySettings;
import io.confab.kafka.KafkaSettings;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.utils.AppInfoParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.yaml.snakeyaml.Yaml;

/**
 * Holds docker-compose.yml, ./cluster and what they share against each other and against the
 * settings that the services really have, because no Docker engine tries them.
 */
class DeploymentTest {
  private static final Path PROJECT = Path.of("..");
  private static final Map<?, ?> COMPOSE = yaml(PROJECT.resolve("docker-compose.yml"));
  private static final String CLUSTER = text(PROJECT.resolve("cluster"));
  private static final String DOCKERFILE = text(PROJECT.resolve("Dockerfile"));
  private static final Pattern SETTING = Pattern.compile("\\bCONFAB_[A-Z_]+(?==)");

  @Test
  void composeSetsOnlySettingsThatThereAre() {
    assertThat(settingsOf(COMPOSE)).isNotEmpty().isSubsetOf(settings());
  }

  @Test
  void clusterSetsTheSameSettings() {
    Set<String> set = matches(SETTING, between(CLUSTER, "start_service() {", "\n}"));
    assertThat(set).isSubsetOf(settings());
    // Defaults will do on one machine, where brokers may be fewer.
    Set<String> compose = settingsOf(COMPOSE);
    compose.remove("CONFAB_KAFKA_MIN_IN_SYNC_REPLICAS");
    compose.remove("CONFAB_COSMOS_EMULATOR");
    assertThat(set).isEqualTo(compose);
  }

  @Test
  void aSettingThatThereIsNotIsFound() {
    assertThat(settings()).contains("CONFAB_COSMOS_ENDPOINT").doesNotContain("CONFAB_COSMOS_URL");
  }

  @ParameterizedTest
  @EnumSource
  void eachKindRunsTwiceAndIsAskedForItsOwnReadiness(Role role) {
    Map<String, Integer> ports = ports(role);
    assertThat(ports.keySet())
        .containsExactly(role.commandName() + "-1", role.commandName() + "-2");
    ports.forEach(
        (name, port) -> {
          Map<?, ?> health = map(service(name), "healthcheck");
          assertThat((List<?>) health.get("test"))
              .last()
              .isEqualTo("http://127.0.0.1:" + port + "/actuator/health/readiness");
          assertThat(environment(name)).containsEntry("CONFAB_SERVICES_NAME", name);
        });
  }

  @ParameterizedTest
  @EnumSource
  void eachKindHasItsPortsAndReadinessInItsSettings(Role role) {
    Map<?, ?> settings =
        yaml(Path.of("src/main/resources/application-" + role.commandName() + ".yaml"));
    assertThat(map(settings, "server").get("port"))
        .isEqualTo(ports(role).get(role.commandName() + "-1"));
    Object include =
        map(settings, "management", "endpoint", "health", "group", "readiness").get("include");
    assertThat(include)
        .isEqualTo(
            switch (role) {
              case COMMAND -> "readinessState,cosmos,eventStore,topics";
              case EDGE -> "readinessState,cosmos,topics,relay";
              case PROJECTIONS -> "readinessState,cosmos,kafka,topics";
              case QUERY -> "readinessState,cosmos";
            });
    assertThat(yaml(Path.of("src/main/resources/application.yaml")).toString())
        .contains("include=health,prometheus");
  }

  @ParameterizedTest
  @EnumSource
  void nginxAndPrometheusKnowEachProcess(Role role) {
    Set<String> addresses =
        ports(role).values().stream().map(port -> "127.0.0.1:" + port).collect(Collectors.toSet());
    String servers =
        (String)
            environment("nginx")
                .get("CONFAB_" + role.commandName().toUpperCase(Locale.ROOT) + "_SERVERS");
    assertThat(matches(Pattern.compile("127\\.0\\.0\\.1:\\d+"), servers)).isEqualTo(addresses);
    List<?> jobs = (List<?>) yaml(PROJECT.resolve("deploy/prometheus.yml")).get("scrape_configs");
    Map<?, ?> job = (Map<?, ?>) jobs.get(0);
    assertThat(job.get("metrics_path")).isEqualTo("/actuator/prometheus");
    assertThat((List<?>) job.get("static_configs"))
        .anySatisfy(
            each -> {
              Map<?, ?> targets = (Map<?, ?>) each;
              assertThat(map(targets, "labels").get("service")).isEqualTo(role.commandName());
              assertThat(Set.copyOf((List<?>) targets.get("targets"))).isEqualTo(addresses);
            });
  }

  @Test
  void whatAnAlertGoesByCanBeSeenOnTheDashboard() {
    Pattern metric = Pattern.compile("confab_[a-z_]+");
    Set<String> shown =
        matches(metric, text(PROJECT.resolve("deploy/grafana/dashboards/confab.json")));
    List<?> groups = (List<?>) yaml(PROJECT.resolve("deploy/alerts.yml")).get("groups");
    List<?> rules = (List<?>) ((Map<?, ?>) groups.get(0)).get("rules");
    assertThat(rules)
        .isNotEmpty()
        .allSatisfy(
            rule ->
                assertThat(shown)
                    .containsAll(matches(metric, (String) ((Map<?, ?>) rule).get("expr"))));
    assertThat(yaml(PROJECT.resolve("deploy/prometheus.yml")).get("rule_files"))
        .isEqualTo(List.of("alerts.yml"));
  }

  @Test
  void everyPlaceInTheTemplateIsFilledByBoth() {
    Set<String> places =
        matches(
            Pattern.compile("\\$\\{(CONFAB_[A-Z_]+)}"),
            text(PROJECT.resolve("deploy/nginx.conf.template")));
    assertThat(places).hasSize(8);
    assertThat(
            environment("nginx").keySet().stream()
                .map(String::valueOf)
                .filter(name -> name.startsWith("CONFAB_")))
        .containsExactlyInAnyOrderElementsOf(places);
    assertThat(matches(Pattern.compile("\\\\\\$\\{(CONFAB_[A-Z_]+)}"), CLUSTER)).isEqualTo(places);
  }

  @Test
  void theEdgesReachCommandSideThroughTheInternalListener() {
    assertThat(environment("edge-1").get("CONFAB_COMMANDS_URL"))
        .isEqualTo("http://" + environment("nginx").get("CONFAB_INTERNAL_LISTEN"));
  }

  @Test
  void threeBrokersKeepThreeCopiesOfWhichTwoAreInSync() {
    List<String> brokers = names("kafka-\\d");
    assertThat(brokers).containsExactly("kafka-1", "kafka-2", "kafka-3");
    Map<?, ?> settings = environment("command-1");
    assertThat(settings.get("CONFAB_KAFKA_BOOTSTRAP_SERVERS"))
        .isEqualTo(brokers.stream().map(name -> name + ":9092").collect(Collectors.joining(",")));
    assertThat(settings.get("CONFAB_KAFKA_REPLICATION")).isEqualTo(3);
    assertThat(settings.get("CONFAB_KAFKA_MIN_IN_SYNC_REPLICAS")).isEqualTo(2);
    for (String broker : brokers) {
      assertThat(environment(broker).get("KAFKA_ADVERTISED_LISTENERS"))
          .isEqualTo("PLAINTEXT://" + broker + ":9092");
      assertThat(environment(broker).get("KAFKA_NODE_ID")).hasToString(broker.substring(6));
      assertThat(environment(broker).get("KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR")).isEqualTo(3);
    }
  }

  @Test
  void theBrokersAreOfTheVersionThatTheTestsRun() {
    for (String broker : names("kafka-\\d")) {
      assertThat(service(broker).get("image"))
          .isEqualTo("apache/kafka:" + AppInfoParser.getVersion());
    }
    // which is that of ./cluster, as long as no version but the parent's is named there
    assertThat(text(PROJECT.resolve("deploy/kafka/pom.xml"))).containsOnlyOnce("<version>");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "process.roles",
        "auto.create.topics.enable",
        "message.max.bytes",
        "replica.fetch.max.bytes",
        "offsets.topic.replication.factor",
        "transaction.state.log.replication.factor",
        "group.initial.rebalance.delay.ms"
      })
  void composeAndClusterSetTheBrokersAlike(String setting) {
    String properties = between(CLUSTER, "server.properties\" <<END", "\nEND");
    Set<String> values =
        matches(Pattern.compile("(?m)^" + Pattern.quote(setting) + "=(.*)$"), properties);
    // as many copies as there are brokers, of which compose has three
    assertThat(CLUSTER).contains("[ \"$brokers\" -lt 3 ] || copies=3");
    for (String broker : names("kafka-\\d")) {
      assertThat(values)
          .map(value -> value.replace("$copies", "3"))
          .containsExactly(String.valueOf(environment(broker).get("KAFKA_" + variable(setting))));
    }
  }

  @Test
  void composeWantsAsManyCopiesInSyncAsIsTheDefault() {
    assertThat(environment("command-1").get("CONFAB_KAFKA_MIN_IN_SYNC_REPLICAS"))
        .isEqualTo(KafkaSettings.of("kafka:9092").minInSyncReplicas());
  }

  @Test
  void nothingIsMissing() {
    assertThat(names(".*"))
        .containsExactlyInAnyOrder(
            "loopback",
            "command-1",
            "command-2",
            "edge-1",
            "edge-2",
            "query-1",
            "query-2",
            "projections-1",
            "projections-2",
            "nginx",
            "kafka-1",
            "kafka-2",
            "kafka-3",
            "redis-1",
            "redis-2",
            "redis-3",
            "redis-cluster",
            "cosmos",
            "prometheus",
            "grafana");
  }

  @Test
  void theEmulatorIsWhereTheServicesLookForIt() {
    String setting = (String) environment("command-1").get("CONFAB_COSMOS_ENDPOINT");
    URI endpoint = URI.create(setting.replaceFirst("^\\$\\{CONFAB_COSMOS_ENDPOINT:-(.*)}$", "$1"));
    assertThat(names(".*")).contains(endpoint.getHost());
    Map<String, Object> emulator = environment(endpoint.getHost());
    assertThat(emulator.get("PROTOCOL")).isEqualTo(endpoint.getScheme());
    // the port that it has where none is set
    assertThat(emulator.getOrDefault("PORT", 8081)).isEqualTo(endpoint.getPort());
    // not on the services' loopback, where it would have no name
    assertThat(service(endpoint.getHost()).get("network_mode")).isNull();
    assertThat(health(endpoint.getHost())).contains("/dev/tcp/127.0.0.1/8080 ", "GET /ready ");
  }

  @Test
  void theImageIsBuiltFromTheJarThatMavenMakes() {
    String pom = text(Path.of("pom.xml"));
    String name = matches(Pattern.compile("<finalName>(.*)</finalName>"), pom).iterator().next();
    String jar = "services/target/" + name + ".jar";
    assertThat(DOCKERFILE).contains("\nCOPY " + jar + " confab.jar\n");
    assertThat(text(PROJECT.resolve(".dockerignore"))).isEqualTo("*\n!" + jar + "\n");
    assertThat(CLUSTER).contains("\njar=services/target/" + name + "/" + name + ".jar\n");
    // The layers of Spring Boot's tools, of which the last has the jar under its own name.
    assertThat(DOCKERFILE)
        .contains("-jar confab.jar extract --layers --destination extracted\n")
        .contains("\"-jar\", \"confab.jar\"]");
    assertThat(
            matches(Pattern.compile("COPY --from=layers /layers/extracted/(.*)/ ./"), DOCKERFILE))
        .containsExactlyInAnyOrder(
            "dependencies", "spring-boot-loader", "snapshot-dependencies", "application");
  }

  @Test
  void threeRedisMastersAreWhereTheServicesLookForThem() {
    List<String> nodes =
        names("redis-\\d").stream()
            .map(name -> (String) service(name).get("command"))
            .map(command -> command.replaceFirst(".* --port (\\d+) .*", "127.0.0.1:$1"))
            .toList();
    assertThat(environment("edge-1").get("CONFAB_REDIS_NODES")).isEqualTo(String.join(",", nodes));
    assertThat(nodes).hasSize(3);
  }

  @Test
  void whatTheServicesNeedIsAskedForItsHealthWhereItListens() {
    for (String broker : names("kafka-\\d")) {
      assertThat(health(broker)).endsWith("localhost:9092");
      assertThat((String) environment(broker).get("KAFKA_LISTENERS"))
          .startsWith("PLAINTEXT://:9092,");
    }
    for (String node : names("redis-\\d")) {
      String port =
          ((String) service(node).get("command")).replaceFirst(".* --port (\\d+) .*", "$1");
      assertThat(health(node)).contains(" -p " + port + " cluster info ");
    }
    String port = ((String) environment("nginx").get("CONFAB_LISTEN")).replaceFirst(".*:", "");
    assertThat(health("nginx")).endsWith(":" + port + "/");
    List<?> open = (List<?>) service("loopback").get("ports");
    assertThat(open.contains("127.0.0.1:" + port + ":" + port)).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void clusterHasTheSamePorts(Role role) {
    Matcher offset =
        Pattern.compile(
                "(?m)^ +" + role.commandName() + "\\) echo \\$\\(\\(base_port \\+ (\\d+) \\+ i")
            .matcher(CLUSTER);
    assertThat(offset.find()).isTrue();
    int first = 8080 + Integer.parseInt(offset.group(1)) + 1;
    assertThat(ports(role).values()).containsExactly(first, first + 1);
  }

  @Test
  void everyVolumeAndNetworkIsThere() {
    Set<?> volumes = map(COMPOSE, "volumes").keySet();
    for (String name : names(".*")) {
      Object mounted = service(name).get("volumes");
      for (Object volume : mounted == null ? List.of() : (List<?>) mounted) {
        String source = ((String) volume).split(":", 2)[0];
        if (source.startsWith(".")) {
          assertThat(PROJECT.resolve(source)).exists();
        } else {
          assertThat(volumes.contains(source)).as(source).isTrue();
        }
      }
      Object network = service(name).get("network_mode");
      assertThat(network == null || network.equals("service:loopback")).as(name).isTrue();
    }
    assertThat(names("loopback")).hasSize(1);
  }

  /** Two processes of a kind: name to port. */
  private static Map<String, Integer> ports(Role role) {
    Map<String, Integer> ports = new TreeMap<>();
    for (String name : names(".*")) {
      if (List.of(role.commandName()).equals(service(name).get("command"))) {
        ports.put(name, (Integer) environment(name).get("SERVER_PORT"));
      }
    }
    return ports;
  }

  /** The settings that services are given in compose, as environment variables. */
  private static Set<String> settingsOf(Map<?, ?> compose) {
    Set<String> set = new TreeSet<>();
    for (Role role : Role.values()) {
      for (String name : ports(role).keySet()) {
        environment(name).keySet().stream()
            .map(String::valueOf)
            .filter(variable -> variable.startsWith("CONFAB_"))
            .forEach(set::add);
      }
    }
    return set;
  }

  /** The settings that there are, as environment variables. */
  private static Set<String> settings() {
    Set<String> names = new TreeSet<>();
    Stream.of(
            CosmosSettings.class,
            KafkaSettings.class,
            RedisSettings.class,
            RelaySettings.class,
            ServiceSettings.class)
        .forEach(
            type -> {
              String prefix = type.getAnnotation(ConfigurationProperties.class).value();
              for (RecordComponent component : type.getRecordComponents()) {
                String name =
                    component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
                names.add(variable(prefix + "." + name));
              }
            });
    String web = text(PROJECT.resolve("web/src/main/java/io/confab/web/WebConfiguration.java"));
    matches(Pattern.compile("\\$\\{(confab\\.[a-z.-]+)"), web)
        .forEach(name -> names.add(variable(name)));
    return names.stream().collect(Collectors.toCollection(TreeSet::new));
  }

  /** Spring's rule, but for the dashes, which it takes in either form. */
  private static String variable(String setting) {
    return setting.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT);
  }

  private static List<String> names(String pattern) {
    return map(COMPOSE, "services").keySet().stream()
        .map(String::valueOf)
        .filter(name -> name.matches(pattern))
        .toList();
  }

  private static Map<?, ?> service(String name) {
    return map(COMPOSE, "services", name);
  }

  private static Map<String, Object> environment(String name) {
    Map<String, Object> environment = new TreeMap<>();
    Object of = service(name).get("environment");
    if (of != null) {
      ((Map<?, ?>) of).forEach((key, value) -> environment.put((String) key, value));
    }
    return environment;
  }

  /** The command of its health check. */
  private static String health(String name) {
    return ((List<?>) map(service(name), "healthcheck").get("test"))
        .stream().map(String::valueOf).collect(Collectors.joining(" "));
  }

  private static Map<?, ?> map(Map<?, ?> from, String... path) {
    Map<?, ?> map = from;
    for (String name : path) {
      map = (Map<?, ?>) map.get(name);
    }
    return map;
  }

  private static Set<String> matches(Pattern pattern, String text) {
    return pattern
        .matcher(text)
        .results()
        .map(result -> group(result))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String group(MatchResult result) {
    return result.group(result.groupCount());
  }

  private static String between(String text, String begin, String end) {
    int from = text.indexOf(begin);
    return text.substring(from, text.indexOf(end, from));
  }

  private static Map<?, ?> yaml(Path file) {
    return new Yaml().load(text(file));
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
