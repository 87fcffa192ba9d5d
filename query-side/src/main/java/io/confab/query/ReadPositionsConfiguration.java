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
 * What an edge needs of the query side: read markers and memberships, without the REST queries.
 * Needs from outside: {@link EventLog}, {@link ViewStore}, {@link InboxFreshness}, a {@link Clock}
 * and a {@link MeterRegistry}.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(QuerySettings.class)
public class ReadPositionsConfiguration {

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
  ReadPositions readPositions(ConversationAccess access, ViewStore views) {
    return new ReadPositions(access, views);
  }

  @Bean
  CurrentMemberships currentMemberships(EventLog log, ViewStore views, InboxFreshness freshness) {
    return new CurrentMemberships(log, views, freshness);
  }
}
