package io.confab.services;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The kinds of process; the name on the command line is the lower-case name. */
enum Role {
  COMMAND(CommandServiceConfiguration.class),
  QUERY(QueryServiceConfiguration.class),
  PROJECTIONS(ProjectionsServiceConfiguration.class),
  EDGE(EdgeServiceConfiguration.class);

  static final String NAMES =
      Arrays.stream(values()).map(Role::commandName).collect(Collectors.joining("|"));

  final Class<?> configuration;

  Role(Class<?> configuration) {
    this.configuration = configuration;
  }

  String commandName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * @throws StartRefused where there is none of that name
   */
  static Role of(String name) {
    for (Role role : values()) {
      if (role.commandName().equals(name)) {
        return role;
      }
    }
    throw new StartRefused("'" + name + "' is not a kind of process; name one of " + NAMES);
  }
}
