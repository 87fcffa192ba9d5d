package io.confab.services;

import io.confab.command.api.CommandApiConfiguration;
import io.confab.command.api.ConversationCommands;
import io.confab.command.api.LimitSettings;
import io.confab.command.api.RelayedCommandController;
import io.confab.command.bus.CommandRuntime;
import io.confab.command.bus.CommandSettings;
import io.confab.command.conversation.Conversation;
import io.confab.command.conversation.LogMessageLookup;
import io.confab.command.store.CosmosEventStorageEngine;
import io.confab.cosmos.CosmosConnection;
import io.confab.cosmos.CosmosSettings;
import io.confab.events.EventLog;
import io.confab.kafka.KafkaMirror;
import io.confab.kafka.KafkaSettings;
import io.confab.web.InvalidSetting;
import io.confab.web.ServiceKey;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Takes commands, over REST and from the edges, and mirrors the log to Kafka. */
@Configuration(proxyBeanMethods = false)
@Import({StoreConfiguration.class, CommandApiConfiguration.class})
@EnableConfigurationProperties(CommandSettings.class)
class CommandServiceConfiguration {

  /**
   * @throws InvalidSetting where a caller would be answered before it is found out whether the
   *     events of a request without an answer are durable
   */
  CommandServiceConfiguration(CommandSettings commands, CosmosSettings cosmos) {
    if (commands.timeout().compareTo(cosmos.settled()) < 0) {
      throw new InvalidSetting(
          ("confab.commands.timeout is %d ms, must be at least %d: confab.cosmos.throttle-patience"
                  + " and twice confab.cosmos.request-timeout")
              .formatted(commands.timeout().toMillis(), cosmos.settled().toMillis()));
    }
  }

  @Bean
  CommandRuntime commands(
      CosmosEventStorageEngine store,
      CommandSettings settings,
      LimitSettings limits,
      MeterRegistry meters) {
    return CommandRuntime.start(
        Conversation.class,
        store,
        settings,
        meters,
        limits.limits(),
        new LogMessageLookup(store, store::barrier));
  }

  @Bean
  ConversationCommands conversationCommands(CommandRuntime commands) {
    return commands::send;
  }

  @Bean
  RelayedCommandController relayedCommandController(
      CommandRuntime commands, ServiceSettings settings, Clock clock) {
    return new RelayedCommandController(
        commands::send, new ServiceKey(settings.secret(), clock), clock);
  }

  @Bean(initMethod = "start")
  ChangeFeedMirror mirror(
      CosmosConnection cosmos,
      EventLog log,
      KafkaSettings kafka,
      ServiceSettings services,
      MeterRegistry meters) {
    return new ChangeFeedMirror(
        cosmos, () -> new KafkaMirror(kafka, log, meters), kafka, services.name());
  }

  @Bean
  EventStoreHealth eventStoreHealthIndicator(CosmosEventStorageEngine store) {
    return new EventStoreHealth(store);
  }
}
