package io.confab.edge;

import io.confab.edge.presence.Presence;
import io.confab.edge.presence.PresenceConfiguration;
import io.confab.edge.presence.PresenceSettings;
import io.confab.edge.presence.Typing;
import io.confab.edge.presence.TypingSettings;
import io.confab.events.EventLog;
import io.confab.web.Authenticator;
import io.confab.web.SecuritySettings;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.socket.config.annotation.EnableWebSocket;
import org.springframework.web.socket.config.annotation.WebSocketConfigurer;
import org.springframework.web.socket.server.support.DefaultHandshakeHandler;

/**
 * STOMP at {@value #PATH}, and who is present over HTTP. Needs beans of the ports {@link
 * CommandClient}, {@link ConversationFeed}, {@link Memberships}, {@link ReadMarkers}, {@link
 * EventLog}, {@link Presence}, {@link Typing} and {@link Authenticator}.
 */
@Configuration(proxyBeanMethods = false)
@EnableWebSocket
@Import(PresenceConfiguration.class)
@EnableConfigurationProperties(EdgeSettings.class)
public class EdgeConfiguration {
  /** Where clients connect. */
  public static final String PATH = "/ws";

  @Bean
  EdgeMetrics edgeMetrics(MeterRegistry registry) {
    return new EdgeMetrics(registry);
  }

  @Bean
  SubscriptionIndex subscriptionIndex(ConversationFeed feed) {
    return new SubscriptionIndex(feed);
  }

  @Bean
  EdgeThreads edgeThreads(EdgeSettings settings) {
    return new EdgeThreads(settings.replayThreads());
  }

  @Bean
  Attendance attendance(ConversationFeed feed, EdgeThreads threads) {
    return new Attendance(feed, threads.waiting());
  }

  @Bean
  Sessions edgeSessions(
      EdgeThreads threads,
      Clock clock,
      EdgeSettings settings,
      EdgeMetrics metrics,
      Presence presence) {
    return new Sessions(threads.timer(), clock, settings, metrics, presence);
  }

  @Bean
  FanOut fanOut(
      ConversationFeed feed, SubscriptionIndex index, EdgeMetrics metrics, EdgeSettings settings) {
    return new FanOut(
        feed,
        index,
        metrics,
        new HotConversations(HotConversations.LEAST_SESSIONS, settings.batchMaxDelay()));
  }

  @Bean
  WebSocketConfigurer stompEndpoint(
      Sessions sessions,
      EdgeThreads threads,
      SubscriptionIndex index,
      EdgeSettings settings,
      SecuritySettings security,
      EdgeMetrics metrics,
      EdgePorts ports) {
    CatchUp catchUp = new CatchUp(ports.log(), threads.replay(), metrics);
    StompWebSocketHandler handler =
        new StompWebSocketHandler(
            sessions, ports, settings, index, catchUp, metrics, threads.flush());
    JettyUpgrade upgrade = new JettyUpgrade(settings.frameLimit().toBytes());
    return registry ->
        registry
            .addHandler(handler, PATH)
            .setHandshakeHandler(new DefaultHandshakeHandler(upgrade))
            .addInterceptors(new SubprotocolCheck())
            .setAllowedOrigins(security.allowedOrigins().toArray(String[]::new));
  }

  @Bean
  EdgePorts edgePorts(
      Authenticator authenticator,
      CommandClient commands,
      ReadMarkers readMarkers,
      Memberships memberships,
      EventLog log,
      Presence presence,
      Typing typing,
      TypingSettings typingSettings,
      Attendance attendance,
      Clock clock) {
    return new EdgePorts(
        authenticator,
        commands,
        readMarkers,
        memberships,
        log,
        presence,
        typing,
        typingSettings,
        attendance,
        clock);
  }

  @Bean
  PresenceController presenceController(Presence presence, PresenceSettings settings) {
    return new PresenceController(presence, settings.queryUsers());
  }
}
