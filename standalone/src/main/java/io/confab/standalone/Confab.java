package io.confab.standalone;

import io.confab.standalone.replay.ReplayCommand;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Arrays;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;

/**
 * The program: one server with everything in it. Exits with 1 and one line where it cannot start.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(StandaloneConfiguration.class)
public class Confab {

  /**
   * Starts the server; it runs until the process is told to stop. Where the first argument is
   * {@code replay}, runs that command instead, and starts nothing.
   */
  @SuppressWarnings("SystemOut")
  public static void main(String[] arguments) {
    if (arguments.length > 0 && arguments[0].equals("replay")) {
      System.exit(ReplayCommand.main(Arrays.copyOfRange(arguments, 1, arguments.length)));
    }
    if (Arrays.asList(arguments).contains("--help")) {
      System.out.print(CommandLine.USAGE);
      return;
    }
    System.setProperty("axoniq.update-checker.disabled", "true"); // nothing here calls home
    try {
      start(CommandLine.settings(arguments));
    } catch (StartRefused refused) {
      StartFailureReporter.say(refused);
      System.exit(1);
    } catch (RuntimeException reported) {
      System.exit(1);
    }
  }

  private static ConfigurableApplicationContext start(String[] settings) {
    SpringApplication application = new SpringApplication(Confab.class);
    application.addListeners(
        (ApplicationListener<ApplicationEnvironmentPreparedEvent>)
            event -> checkPort(event.getEnvironment()),
        (ApplicationListener<ApplicationReadyEvent>)
            event -> sayReady(event.getApplicationContext().getEnvironment()));
    application.addInitializers(
        context -> {
          DataDirectory directory = DataDirectory.open(dataDir(context.getEnvironment()));
          context.getBeanFactory().registerSingleton("dataDirectory", directory);
        });
    return application.run(settings);
  }

  private static Path dataDir(Environment environment) {
    return Path.of(environment.getProperty("confab.data-dir", "./data"));
  }

  /** Says so before anything is opened, and in one line. */
  private static void checkPort(ConfigurableEnvironment environment) {
    int port = environment.getProperty("server.port", Integer.class, 8080);
    String address = environment.getProperty("server.address", "127.0.0.1");
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(InetAddress.getByName(address), port));
    } catch (BindException e) {
      throw new StartRefused(
          "Port "
              + port
              + " on "
              + address
              + " cannot be had ("
              + e.getMessage()
              + "); stop what uses it, or name another with --port");
    } catch (IOException e) {
      throw new StartRefused("server.address " + address + " cannot be used: " + e.getMessage());
    }
  }

  @SuppressWarnings("SystemOut")
  private static void sayReady(Environment environment) {
    System.out.println(
        "Confab is ready on http://localhost:"
            + environment.getProperty("local.server.port")
            + "  (data in "
            + dataDir(environment)
            + "; Ctrl-C stops it)");
  }
}
