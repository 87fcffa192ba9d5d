package io.confab.services;

import io.confab.cosmos.CosmosConnection;
import io.confab.views.CosmosViewStore;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The views in Cosmos DB. */
@Configuration(proxyBeanMethods = false)
class ViewsConfiguration {

  @Bean
  CosmosViewStore views(CosmosConnection cosmos) {
    return CosmosViewStore.open(cosmos);
  }
}
