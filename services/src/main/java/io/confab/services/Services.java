package io.confab.services;

import java.util.Arrays;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/**
 * The program: one process of a cluster, of the kind that its first argument names. Waits for what
 * it needs, however long. Exits with 1 and one line where it cannot start.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class Services {
  private static final String USAGE =
      "Usage: java -jar confab-services.jar " + Role.NAMES + " [--SETTING=VALUE …]\n";

  /** Starts the process's work; it runs until the process is told to stop. */
  @SuppressWarnings("SystemOut")
  public static void main(String[] arguments) {
    if (arguments.length == 0 || Arrays.asList(arguments).contains("--help")) {
      System.out.print(USAGE);
      System.exit(arguments.length == 0 ? 1 : 0);
    }
    System.setProperty("axoniq.update-checker.disabled", "true"); // nothing here calls home
    try {
      Role role = Role.of(arguments[0]);
      SpringApplication application = new SpringApplication(Services.class, role.configuration);
      application.setAdditionalProfiles(role.commandName());
      application.addInitializers(
          context -> Needs.of(context.getEnvironment()).forEach(Needs::await));
      application.addListeners(
          (ApplicationListener<ApplicationReadyEvent>)
              event -> sayReady(role, event.getApplicationContext().getEnvironment()));
      var unused = application.run(Arrays.copyOfRange(arguments, 1, arguments.length));
    } catch (StartRefused refused) {
      StartFailureReporter.say(refused);
      System.exit(1);
    } catch (RuntimeException reported) {
      System.exit(1);
    }
  }

  @SuppressWarnings("SystemOut")
  private static void sayReady(Role role, Environment environment) {
    System.out.println(
        "Confab's "
            + role.commandName()
            + " service is started on port "
            + environment.getProperty("local.server.port"));
  }
}
