package io.confab.services;

import io.confab.command.conversation.ConversationSnapshotSerializer;
import io.confab.command.store.CosmosEventStorageEngine;
import io.confab.command.store.EnvelopeSerializer;
import io.confab.command.store.StoreSettings;
import io.confab.cosmos.CosmosConnection;
import io.confab.cosmos.CosmosSettings;
import io.confab.kafka.KafkaSettings;
import io.confab.web.WebConfiguration;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** What every process has: the log in Cosmos DB, HTTP, and its health. */
@Configuration(proxyBeanMethods = false)
@Import(WebConfiguration.class)
@EnableConfigurationProperties({
  CosmosSettings.class,
  KafkaSettings.class,
  ServiceSettings.class,
  StoreSettings.class
})
class StoreConfiguration {

  @Bean
  Clock clock() {
    return Clock.systemUTC();
  }

  @Bean
  CosmosConnection cosmos(CosmosSettings settings, MeterRegistry meters) {
    return CosmosConnection.open(settings, meters);
  }

  @Bean
  CosmosEventStorageEngine eventStore(
      CosmosConnection cosmos, StoreSettings settings, MeterRegistry meters) {
    return CosmosEventStorageEngine.open(
        cosmos, new EnvelopeSerializer(new ConversationSnapshotSerializer()), settings, meters);
  }

  @Bean
  CosmosHealth cosmosHealthIndicator(CosmosConnection cosmos) {
    return new CosmosHealth(cosmos);
  }

  @Bean
  KafkaHealth kafkaHealthIndicator(KafkaSettings settings) {
    return new KafkaHealth(settings);
  }

  @Bean
  TopicsHealth topicsHealthIndicator(KafkaSettings settings) {
    return new TopicsHealth(settings);
  }
}
