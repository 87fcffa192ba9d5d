package io.confab.services;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.confab.command.conversation.ConversationSnapshotSerializer;
import io.confab.command.store.CosmosEventStorageEngine;
import io.confab.command.store.EnvelopeSerializer;
import io.confab.command.store.StoreSettings;
import io.confab.cosmos.CosmosConnection;
import io.confab.cosmos.LocalCosmos;
import io.confab.events.EventJson;
import io.confab.kafka.Events;
import io.confab.kafka.KafkaMirror;
import io.confab.kafka.KafkaSettings;
import io.confab.kafka.LocalKafka;
import io.confab.kafka.MirroredEvents;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.common.KafkaException;
import org.axonframework.eventhandling.GenericDomainEventMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** From the log in Cosmos DB to a real broker that loses its topics. */
@Timeout(300)
class ChangeFeedMirrorTest {
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  @Test
  void theNameOfTheLeasesIsDurable() {
    assertThat(ChangeFeedMirror.NAME).isEqualTo("confab.mirror");
  }

  @Test
  void topicsThatAreMadeAnewAreFilledFromTheBeginning(@TempDir Path directory) throws Exception {
    try (LocalKafka kafka = LocalKafka.start(directory);
        LocalCosmos cosmos = LocalCosmos.start();
        CosmosConnection connection = CosmosConnection.open(cosmos.settings(), meters);
        CosmosEventStorageEngine log = log(connection)) {
      KafkaSettings settings = kafka.settings(4);
      append(log, "c-0", 0, 3);
      append(log, "c-1", 0, 3);
      try (ChangeFeedMirror first = mirror(connection, settings, log, "one")) {
        first.start();
        awaitMirrored(settings, 3, 3);
      }

      kafka.clear();
      append(log, "c-1", 3, 1);
      try (ChangeFeedMirror second = mirror(connection, settings, log, "one")) {
        second.start();
        awaitMirrored(settings, 3, 4);

        kafka.clear();
        append(log, "c-1", 4, 1);
        awaitMirrored(settings, 3, 5);
        append(log, "c-0", 3, 1);
        awaitMirrored(settings, 4, 5);
      }

      long before = MirroredEvents.read(settings).records();
      append(log, "c-0", 4, 1);
      try (ChangeFeedMirror third = mirror(connection, settings, log, "one")) {
        third.start();
        awaitMirrored(settings, 5, 5);
      }
      assertThat(MirroredEvents.read(settings).records()).isEqualTo(before + 1);
    }
  }

  @Test
  void ofTwoThatRunWhoeverIsLeftGoesOn(@TempDir Path directory) throws Exception {
    try (LocalKafka kafka = LocalKafka.start(directory);
        LocalCosmos cosmos = LocalCosmos.start();
        CosmosConnection connection = CosmosConnection.open(cosmos.settings(), meters);
        CosmosEventStorageEngine log = log(connection)) {
      KafkaSettings settings = kafka.settings(4);
      ChangeFeedMirror one = mirror(connection, settings, log, "one");
      one.start();
      append(log, "c-0", 0, 3);
      append(log, "c-1", 0, 3);
      awaitMirrored(settings, 3, 3);
      try (ChangeFeedMirror two = mirror(connection, settings, log, "two")) {
        two.start();
        append(log, "c-0", 3, 3);
        awaitMirrored(settings, 6, 3);
        one.close();
        append(log, "c-0", 6, 3);
        append(log, "c-1", 3, 3);
        awaitMirrored(settings, 9, 6);
      }
    }
  }

  private CosmosEventStorageEngine log(CosmosConnection connection) {
    return CosmosEventStorageEngine.open(
        connection,
        new EnvelopeSerializer(new ConversationSnapshotSerializer()),
        StoreSettings.DEFAULT,
        meters);
  }

  private ChangeFeedMirror mirror(
      CosmosConnection connection,
      KafkaSettings settings,
      CosmosEventStorageEngine log,
      String instance) {
    return new ChangeFeedMirror(
        connection, () -> new KafkaMirror(settings, log, meters), settings, instance);
  }

  private static void append(
      CosmosEventStorageEngine log, String conversation, long first, int count) {
    for (long sequence = first; sequence < first + count; sequence++) {
      log.appendEvents(
          List.of(
              new GenericDomainEventMessage<>(
                  "Conversation",
                  conversation,
                  sequence,
                  EventJson.read(Events.event(conversation, sequence).envelope()))));
    }
  }

  /** Without a hole and in order, which the reading asserts. */
  private static void awaitMirrored(KafkaSettings settings, int channel, int chat) {
    await()
        .atMost(Duration.ofSeconds(90))
        .pollInterval(Duration.ofMillis(500))
        .ignoreExceptionsMatching(e -> e instanceof KafkaException)
        .untilAsserted(
            () -> {
              MirroredEvents mirrored = MirroredEvents.read(settings);
              assertThat(mirrored.of("c-0")).hasSize(channel);
              assertThat(mirrored.of("c-1")).hasSize(chat);
            });
  }
}
