package io.confab.services;

import io.confab.edge.ConversationFeed;
import io.confab.edge.EdgeConfiguration;
import io.confab.edge.Memberships;
import io.confab.edge.ReadMarkers;
import io.confab.edge.kafka.KafkaConversationFeed;
import io.confab.edge.redis.RedisCluster;
import io.confab.edge.redis.RedisSettings;
import io.confab.edge.relay.HttpCommandClient;
import io.confab.edge.relay.RelaySettings;
import io.confab.edge.route.EdgePush;
import io.confab.events.EventLog;
import io.confab.kafka.KafkaSettings;
import io.confab.query.CurrentMemberships;
import io.confab.query.InboxFreshness;
import io.confab.query.ReadPositions;
import io.confab.query.ReadPositionsConfiguration;
import io.confab.web.ServiceKey;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Speaks STOMP with clients. */
@Configuration(proxyBeanMethods = false)
@Import({
  StoreConfiguration.class,
  ViewsConfiguration.class,
  ReadPositionsConfiguration.class,
  EdgeConfiguration.class
})
@EnableConfigurationProperties(RelaySettings.class)
class EdgeServiceConfiguration {

  @Bean
  ScheduledExecutorService relayTimer() {
    return Executors.newSingleThreadScheduledExecutor();
  }

  @Bean
  HttpCommandClient commandClient(
      RelaySettings relay,
      ServiceSettings services,
      Clock clock,
      ScheduledExecutorService relayTimer,
      MeterRegistry meters) {
    return new HttpCommandClient(
        relay, new ServiceKey(services.secret(), clock), clock, relayTimer, meters);
  }

  @Bean
  RelayHealth relayHealthIndicator(HttpCommandClient commands) {
    return new RelayHealth(commands);
  }

  /** Null where Redis is nowhere: then nothing is pushed. */
  @Bean
  @Nullable RedisCluster pushRedis(RedisSettings settings) {
    return settings.nodes().isEmpty() ? null : new RedisCluster(settings);
  }

  @Bean(destroyMethod = "") // the feed closes it
  @Nullable EdgePush push(@Nullable RedisCluster pushRedis, Clock clock, MeterRegistry meters) {
    return pushRedis == null
        ? null
        : new EdgePush(UUID.randomUUID().toString(), clock, pushRedis, meters);
  }

  @Bean
  PushHealth pushHealthIndicator(@Nullable EdgePush push) {
    return new PushHealth(push);
  }

  @Bean
  ConversationFeed liveFeed(
      KafkaSettings settings, EventLog log, @Nullable EdgePush push, MeterRegistry meters) {
    return new KafkaConversationFeed(settings, log, push, meters);
  }

  @Bean
  InboxFreshness inboxFreshness() {
    return new EventualInbox();
  }

  /** Of a user's conversations also those that are so new that the view may not have them. */
  @Bean
  Memberships memberships(CurrentMemberships current, @Nullable EdgePush push) {
    return Memberships.of(
        current::isMember,
        user -> {
          Set<String> all = new LinkedHashSet<>(current.conversationsOf(user));
          if (push != null) {
            all.addAll(push.joinedLately(user));
          }
          return List.copyOf(all);
        });
  }

  @Bean
  ReadMarkers readMarkers(ReadPositions positions) {
    return (conversation, user, upTo) -> positions.advance(conversation, user, upTo).upTo();
  }
}
