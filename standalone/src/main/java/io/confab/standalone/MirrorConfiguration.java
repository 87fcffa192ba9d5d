package io.confab.standalone;

import io.confab.command.store.RocksDbEventStorageEngine;
import io.confab.kafka.KafkaMirror;
import io.confab.kafka.KafkaSettings;
import io.confab.kafka.LogMirror;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The local store in Kafka, where {@code confab.kafka.bootstrap-servers} is set. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty("confab.kafka.bootstrap-servers")
@EnableConfigurationProperties(KafkaSettings.class)
class MirrorConfiguration {

  @Bean(initMethod = "start")
  LogMirror mirror(RocksDbEventStorageEngine store, KafkaSettings settings, MeterRegistry meters) {
    KafkaMirror mirror = new KafkaMirror(settings, store, meters);
    return new LogMirror(new StoreLog(store), mirror, settings, meters);
  }
}
