package io.confab.query;

import io.confab.events.EventLog;
import io.confab.views.ViewStore;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The queries. Needs from outside: {@link EventLog}, {@link ViewStore}, {@link InboxFreshness},
 * {@link EventReplay}, a {@link Clock} and a {@link MeterRegistry}.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(QuerySettings.class)
public class QueryConfiguration {

  @Bean
  AuditLog auditLog(@Value("${confab.data-dir:./data}") Path dataDir) {
    return new FileAuditLog(dataDir.resolve("audit").resolve("audit.ndjson"));
  }

  @Bean
  ReadAudit readAudit(AuditLog log, Clock clock) {
    return new ReadAudit(log, clock);
  }

  @Bean
  Freshness freshness(
      ViewStore views, InboxFreshness inbox, QuerySettings settings, MeterRegistry meters) {
    return new Freshness(views, inbox, settings.waitAtMost(), settings.waits(), meters);
  }

  @Bean
  ConversationAccess conversationAccess(
      EventLog log, ViewStore views, Freshness freshness, ReadAudit audit, MeterRegistry meters) {
    return new ConversationAccess(log, views, freshness, audit, meters);
  }

  @Bean
  ConversationItems conversationItems(ViewStore views) {
    return new ConversationItems(views);
  }

  @Bean
  ReadPositions readPositions(ConversationAccess access, ViewStore views) {
    return new ReadPositions(access, views);
  }

  @Bean
  ConversationsController conversationsController(
      ConversationAccess access,
      ViewStore views,
      ConversationItems items,
      ReadPositions positions) {
    return new ConversationsController(access, views, items, positions);
  }

  @Bean
  MessagesController messagesController(ConversationAccess access, ViewStore views) {
    return new MessagesController(access, views);
  }

  @Bean
  InboxController inboxController(
      ViewStore views, Freshness freshness, ConversationItems items, ReadAudit audit) {
    return new InboxController(views, freshness, items, audit);
  }

  @Bean
  EventsController eventsController(ConversationAccess access, EventLog log) {
    return new EventsController(access, log);
  }

  @Bean
  ReplayController replayController(
      EventReplay replay, EventLog log, ReadAudit audit, QuerySettings settings) {
    return new ReplayController(replay, log, audit, settings.replays());
  }
}
