package io.confab.edge;

import io.confab.web.SecuritySettings;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jetty.autoconfigure.servlet.JettyServletWebServerAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.support.GenericApplicationContext;

/** The edge on a real Jetty, over {@link FakeConfab}. */
final class TestEdge implements AutoCloseable {
  final FakeConfab confab = new FakeConfab();
  final MutableClock clock = new MutableClock();
  final ConfigurableApplicationContext context;

  @Configuration(proxyBeanMethods = false)
  @Import(EdgeConfiguration.class)
  @EnableConfigurationProperties(SecuritySettings.class)
  @ImportAutoConfiguration({
    JettyServletWebServerAutoConfiguration.class,
    DispatcherServletAutoConfiguration.class
  })
  static class App {}

  static final class MutableClock extends Clock {
    volatile Instant now = FakeConfab.AT;

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return now;
    }
  }

  TestEdge(String... properties) {
    List<String> all = new ArrayList<>(List.of(properties));
    all.add("server.port=0");
    all.add("server.address=127.0.0.1");
    context =
        new SpringApplicationBuilder(App.class)
            .web(WebApplicationType.SERVLET)
            .properties(all.toArray(String[]::new))
            .initializers(this::register)
            .run();
  }

  private void register(ConfigurableApplicationContext context) {
    GenericApplicationContext beans = (GenericApplicationContext) context;
    beans.registerBean(FakeConfab.class, () -> confab);
    beans.registerBean(Clock.class, () -> clock);
    beans.registerBean(MeterRegistry.class, SimpleMeterRegistry::new);
  }

  URI uri() {
    return URI.create(
        "ws://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port") + "/ws");
  }

  int port() {
    return uri().getPort();
  }

  RawClient connect(String user, String... headers) {
    RawClient client = RawClient.open(port());
    client.send(RawClient.connectFrame(user, headers));
    RawClient.Frame answer = client.next();
    if (!answer.command().equals("CONNECTED")) {
      throw new AssertionError(answer.toString());
    }
    return client;
  }

  double count(String meter) {
    return context.getBean(MeterRegistry.class).get(meter).counters().stream()
        .mapToDouble(io.micrometer.core.instrument.Counter::count)
        .sum();
  }

  /** How many sessions were closed with that code. */
  double closed(String code) {
    var counter =
        context.getBean(MeterRegistry.class).find("confab.edge.closed").tag("code", code).counter();
    return counter == null ? 0 : counter.count();
  }

  double gauge(String meter) {
    return context.getBean(MeterRegistry.class).get(meter).gauge().value();
  }

  @Override
  public void close() {
    context.close();
  }
}
