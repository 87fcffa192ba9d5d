package io.confab.bench;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.jetty.autoconfigure.servlet.JettyServletWebServerAutoConfiguration;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.messaging.simp.config.MessageBrokerRegistry;
import org.springframework.web.socket.config.annotation.EnableWebSocketMessageBroker;
import org.springframework.web.socket.config.annotation.StompEndpointRegistry;
import org.springframework.web.socket.config.annotation.WebSocketMessageBrokerConfigurer;
import org.springframework.web.socket.server.jetty.JettyRequestUpgradeStrategy;
import org.springframework.web.socket.server.support.DefaultHandshakeHandler;

/**
 * Spring's simple broker as its documentation sets it up, on the same Jetty, everything at its
 * default: no order kept between messages, no token, no log behind it. Only a connection may be
 * idle while others are measured.
 */
@Configuration(proxyBeanMethods = false)
@EnableWebSocketMessageBroker
@ImportAutoConfiguration({
  JettyServletWebServerAutoConfiguration.class,
  DispatcherServletAutoConfiguration.class
})
public class SpringBrokerServer implements WebSocketMessageBrokerConfigurer {

  @Override
  public void registerStompEndpoints(StompEndpointRegistry registry) {
    JettyRequestUpgradeStrategy jetty = new JettyRequestUpgradeStrategy();
    jetty.addWebSocketConfigurer(sockets -> sockets.setIdleTimeout(Fanout.IDLE));
    registry.addEndpoint("/ws").setHandshakeHandler(new DefaultHandshakeHandler(jetty));
  }

  @Override
  public void configureMessageBroker(MessageBrokerRegistry registry) {
    registry.enableSimpleBroker("/topic");
  }

  public static void main(String[] arguments) {
    SpringApplication application = new SpringApplication(SpringBrokerServer.class);
    application.setDefaultProperties(
        Map.of(
            "server.port", "0",
            "server.address", "127.0.0.1",
            "spring.main.banner-mode", "off",
            "logging.config", "classpath:logback.xml"));
    ServletWebServerApplicationContext context =
        (ServletWebServerApplicationContext) application.run();
    int port = requireNonNull(context.getWebServer()).getPort();
    Child.serve(Child.JSON.createObjectNode().put("port", port), question -> question);
  }
}
