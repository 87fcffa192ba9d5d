package io.confab.services;

import io.confab.events.EventLog;
import io.confab.kafka.KafkaSettings;
import io.confab.projections.KafkaProjections;
import io.confab.projections.KafkaRebuilds;
import io.confab.projections.ProjectionSettings;
import io.confab.projections.ProjectionsController;
import io.confab.views.CosmosViewStore;
import io.confab.views.ViewStore;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Makes the views out of what Kafka has of the log, and again where that is asked for. */
@Configuration(proxyBeanMethods = false)
@Import({StoreConfiguration.class, ViewsConfiguration.class})
@EnableConfigurationProperties(ProjectionSettings.class)
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
}
