package io.confab.web;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * @param maxRequestSize of a request's body; default 4 MB, which holds a channel's 25,000 members
 *     with the longest ids
 */
@ConfigurationProperties("confab.http")
record WebSettings(@DefaultValue("4MB") DataSize maxRequestSize) {}
