package io.confab.web;

import java.time.Clock;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/** The web module alone, with one controller to call. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(WebConfiguration.class)
class TestApplication {

  @Bean
  Clock clock() {
    return Clock.systemUTC();
  }

  /** Found as a member of the configuration. */
  @RestController
  static final class Calls {
    @GetMapping("/api/whoami")
    Caller whoami(Caller caller) {
      return caller;
    }

    @GetMapping("/api/support-only")
    String support(Caller caller) {
      caller.require(Caller.Role.SUPPORT);
      return "ok";
    }

    @GetMapping("/api/fault")
    String fault() {
      throw new IllegalStateException("secret detail");
    }

    @GetMapping(CommandRelay.INTERNAL + "authorization")
    String internal(@RequestHeader("Authorization") String authorization) {
      return authorization;
    }

    @PostMapping("/api/echo")
    byte[] echo(@RequestBody byte[] body) {
      return body;
    }
  }
}
