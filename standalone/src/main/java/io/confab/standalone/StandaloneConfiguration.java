package io.confab.standalone;

import io.confab.command.api.CommandApiConfiguration;
import io.confab.command.api.ConversationCommands;
import io.confab.command.api.LimitSettings;
import io.confab.command.bus.CommandRuntime;
import io.confab.command.bus.CommandSettings;
import io.confab.command.conversation.Conversation;
import io.confab.command.conversation.ConversationSnapshotSerializer;
import io.confab.command.conversation.LogMessageLookup;
import io.confab.command.store.EnvelopeSerializer;
import io.confab.command.store.RocksDbEventStorageEngine;
import io.confab.command.store.StoreSettings;
import io.confab.edge.CommandClient;
import io.confab.edge.EdgeConfiguration;
import io.confab.edge.Memberships;
import io.confab.edge.ReadMarkers;
import io.confab.projections.LogHead;
import io.confab.projections.ProjectionRebuilds;
import io.confab.projections.ProjectionSettings;
import io.confab.projections.Projections;
import io.confab.projections.ProjectionsController;
import io.confab.query.CurrentMemberships;
import io.confab.query.InboxFreshness;
import io.confab.query.QueryConfiguration;
import io.confab.query.ReadPositions;
import io.confab.views.RocksDbViewStore;
import io.confab.views.ViewReader.View;
import io.confab.views.ViewStore;
import io.confab.web.WebConfiguration;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * The embedded parts, and the adapters between the modules' ports. Spring closes them in the
 * reverse order of their needs: the edge and the projections before the commands, the stores last.
 */
@Configuration(proxyBeanMethods = false)
@Import({
  WebConfiguration.class,
  CommandApiConfiguration.class,
  QueryConfiguration.class,
  EdgeConfiguration.class,
  MirrorConfiguration.class
})
@EnableConfigurationProperties({
  CommandSettings.class,
  StoreSettings.class,
  ProjectionSettings.class,
  ReadinessSettings.class
})
class StandaloneConfiguration {

  @Bean
  Clock clock() {
    return Clock.systemUTC();
  }

  @Bean
  RocksDbEventStorageEngine eventStore(
      DataDirectory directory, StoreSettings settings, MeterRegistry meters) {
    return RocksDbEventStorageEngine.open(
        directory.path().resolve("events"),
        new EnvelopeSerializer(new ConversationSnapshotSerializer()),
        settings,
        meters);
  }

  @Bean
  CommandRuntime commands(
      RocksDbEventStorageEngine store,
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
  CommandClient commandClient(CommandRuntime commands) {
    return commands::send;
  }

  @Bean
  RocksDbViewStore views(DataDirectory directory) {
    return RocksDbViewStore.open(directory.path().resolve("views"));
  }

  @Bean
  LogHead logHead(RocksDbEventStorageEngine store) {
    return store::durableIndex;
  }

  @Bean(initMethod = "start")
  Projections projections(
      ViewStore views,
      CommandRuntime commands,
      LogHead head,
      ProjectionSettings settings,
      MeterRegistry meters) {
    return new Projections(views, commands.eventStore(), head, settings, meters);
  }

  @Bean
  ProjectionRebuilds projectionRebuilds(
      ViewStore views,
      CommandRuntime commands,
      LogHead head,
      ProjectionSettings settings,
      MeterRegistry meters) {
    return new ProjectionRebuilds(views, commands.eventStore(), head, settings, meters);
  }

  @Bean
  ProjectionsController projectionsController(ProjectionRebuilds rebuilds) {
    return new ProjectionsController(rebuilds);
  }

  @Bean
  InboxFreshness inboxFreshness(LogHead head, Projections projections) {
    return timeout -> projections.awaitPosition(View.CONVERSATIONS, head.position(), timeout);
  }

  @Bean
  LogTail liveFeed(RocksDbEventStorageEngine store) {
    return new LogTail(store);
  }

  @Bean
  LogReplay replay(RocksDbEventStorageEngine store) {
    return new LogReplay(store);
  }

  @Bean
  Memberships memberships(CurrentMemberships current) {
    return Memberships.of(current::isMember, current::conversationsOf);
  }

  @Bean
  ReadMarkers readMarkers(ReadPositions positions) {
    return (conversation, user, upTo) -> positions.advance(conversation, user, upTo).upTo();
  }

  @Bean
  EventStoreHealth eventStoreHealthIndicator(RocksDbEventStorageEngine store) {
    return new EventStoreHealth(store);
  }

  @Bean
  ProjectionsHealth projectionsHealthIndicator(
      Projections projections, ReadinessSettings settings) {
    return new ProjectionsHealth(projections, settings.maxLag());
  }
}
