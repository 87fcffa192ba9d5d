package io.confab.command.api;

import java.security.SecureRandom;
import java.time.Clock;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The REST side of commands. Needs beans of {@link ConversationCommands} and {@link Clock}. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(LimitSettings.class)
public class CommandApiConfiguration {

  @Bean
  ConversationIds conversationIds(Clock clock) {
    return new ConversationIds(clock, new SecureRandom());
  }

  @Bean
  ConversationCommandController conversationCommandController(
      ConversationCommands commands, Clock clock, ConversationIds ids) {
    return new ConversationCommandController(commands, clock, ids);
  }

  @Bean
  MessageCommandController messageCommandController(ConversationCommands commands, Clock clock) {
    return new MessageCommandController(commands, clock);
  }
}
