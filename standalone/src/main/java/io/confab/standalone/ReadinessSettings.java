package io.confab.standalone;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param maxLag events by which a view may be behind the log while the server counts as ready;
 *     default 10,000, which a projection catches up with in well under a second
 */
@ConfigurationProperties("confab.readiness")
record ReadinessSettings(@DefaultValue("10000") long maxLag) {}
