package io.confab.services;

import io.confab.kafka.KafkaSettings;
import io.confab.query.EventReplay;
import io.confab.query.InboxFreshness;
import io.confab.query.QueryConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Answers queries over REST, moves read markers, and serves the page. */
@Configuration(proxyBeanMethods = false)
@Import({StoreConfiguration.class, ViewsConfiguration.class, QueryConfiguration.class})
class QueryServiceConfiguration {

  @Bean
  InboxFreshness inboxFreshness() {
    return new EventualInbox();
  }

  @Bean
  EventReplay replay(KafkaSettings kafka) {
    return new KafkaReplay(kafka);
  }
}
