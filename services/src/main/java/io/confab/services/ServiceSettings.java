package io.confab.services;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What all processes of one installation share.
 *
 * @param name of this process, by which others tell it from those of its kind; a random one in
 *     {@code application.yaml}
 * @param secret by which they know each other, see {@link io.confab.web.ServiceKey}; at least 32
 *     bytes, never logged. Wanted of command-side and edges
 */
@ConfigurationProperties("confab.services")
record ServiceSettings(String name, @DefaultValue("") String secret) {

  @Override
  public String toString() {
    return "ServiceSettings[name=" + name + "]";
  }
}
