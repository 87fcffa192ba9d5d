package io.confab.standalone;

import java.util.ArrayList;
import java.util.List;

/**
 * What stands behind the program's name: {@code --port} and {@code --data-dir}, each with {@code =}
 * or a space before its value, and any setting as {@code --name=value}.
 */
final class CommandLine {
  static final String USAGE =
      """
      Usage: ./run [--port PORT] [--data-dir DIRECTORY] [--SETTING=VALUE …]

        --port PORT           where to listen, on loopback (default 8080; 0 takes a free one)
        --data-dir DIRECTORY  where everything is kept (default ./data)
        --SETTING=VALUE       any setting that README.md lists, such as
                              --confab.security.issuer-uri=https://issuer.example
      """;

  private CommandLine() {}

  /**
   * The same as Spring's arguments.
   *
   * @throws StartRefused where an argument is none of these
   */
  static String[] settings(String[] arguments) {
    List<String> settings = new ArrayList<>();
    for (int i = 0; i < arguments.length; i++) {
      String argument = arguments[i];
      int equals = argument.indexOf('=');
      String name = equals < 0 ? argument : argument.substring(0, equals);
      String setting =
          switch (name) {
            case "--port" -> "server.port";
            case "--data-dir" -> "confab.data-dir";
            default -> null;
          };
      if (setting == null) {
        if (!argument.startsWith("--") || equals < 0) {
          throw new StartRefused("'" + argument + "' is not an argument; see ./run --help");
        }
        settings.add(argument);
        continue;
      }
      if (equals < 0 && i + 1 == arguments.length) {
        throw new StartRefused(name + " needs a value; see ./run --help");
      }
      String value = equals < 0 ? arguments[++i] : argument.substring(equals + 1);
      settings.add("--" + setting + "=" + checked(name, value));
    }
    return settings.toArray(String[]::new);
  }

  private static String checked(String name, String value) {
    if (value.isBlank()) {
      throw new StartRefused(name + " needs a value; see ./run --help");
    }
    if (name.equals("--port") && !value.matches("\\d{1,5}")
        || name.equals("--port") && Integer.parseInt(value) > 65_535) {
      throw new StartRefused("--port " + value + " is not a port: 0 to 65535");
    }
    return value;
  }
}
