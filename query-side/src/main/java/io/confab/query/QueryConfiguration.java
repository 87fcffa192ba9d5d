package io.confab.query;

import io.confab.events.EventLog;
import io.confab.views.ViewStore;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * The queries. Needs from outside: {@link EventLog}, {@link ViewStore}, {@link InboxFreshness},
 * {@link EventReplay}, a {@link java.time.Clock} and a {@link
 * io.micrometer.core.instrument.MeterRegistry}.
 */
@Configuration(proxyBeanMethods = false)
@Import(ReadPositionsConfiguration.class)
public class QueryConfiguration {

  @Bean
  ConversationItems conversationItems(ViewStore views) {
    return new ConversationItems(views);
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
  UnreadableViews unreadableViews() {
    return new UnreadableViews();
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
