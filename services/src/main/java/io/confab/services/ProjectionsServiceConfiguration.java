package io.confab.services;

import io.confab.edge.redis.RedisCluster;
import io.confab.edge.redis.RedisSettings;
import io.confab.edge.route.Router;
import io.confab.events.EventLog;
import io.confab.kafka.KafkaSettings;
import io.confab.projections.KafkaProjections;
import io.confab.projections.KafkaRebuilds;
import io.confab.projections.ProjectionSettings;
import io.confab.projections.ProjectionsController;
import io.confab.views.CosmosViewStore;
import io.confab.views.ViewStore;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * Makes the views out of what Kafka has of the log, and again where that is asked for; and routes
 * to the edges what concerns their users.
 */
@Configuration(proxyBeanMethods = false)
@Import({StoreConfiguration.class, ViewsConfiguration.class})
@EnableConfigurationProperties({ProjectionSettings.class, RedisSettings.class})
class ProjectionsServiceConfiguration {

  @Bean(initMethod = "start")
  KafkaProjections projections(
      ViewStore views,
      EventLog log,
      KafkaSettings kafka,
      ProjectionSettings settings,
      MeterRegistry meters) {
    return new KafkaProjections(views, log, kafka, settings, meters);
  }

  @Bean(initMethod = "start")
  KafkaRebuilds rebuilds(
      CosmosViewStore views,
      EventLog log,
      KafkaSettings kafka,
      ProjectionSettings settings,
      MeterRegistry meters) {
    return new KafkaRebuilds(views, log, kafka, settings, meters);
  }

  @Bean
  ProjectionsController projectionsController(KafkaRebuilds rebuilds) {
    return new ProjectionsController(rebuilds);
  }

  /** Null where Redis is nowhere: then nothing is routed. */
  @Bean
  @Nullable RedisCluster routerRedis(RedisSettings settings) {
    return settings.nodes().isEmpty() ? null : new RedisCluster(settings);
  }

  @Bean(initMethod = "start")
  @Nullable Router router(
      @Nullable RedisCluster routerRedis,
      ViewStore views,
      EventLog log,
      KafkaSettings kafka,
      Clock clock,
      MeterRegistry meters) {
    return routerRedis == null
        ? null
        : new Router(kafka, log, new ViewedMembers(views), clock, routerRedis, meters);
  }

  @Bean
  RouterHealth routerHealthIndicator(@Nullable Router router, @Nullable RedisCluster routerRedis) {
    return new RouterHealth(router, routerRedis);
  }
}
