package io.confab.standalone.canary.events;

import org.springframework.util.StringUtils;

/** Violates on purpose: events know the JDK and Jackson alone. */
class EventThatKnowsSpring {
  boolean empty(String text) {
    return StringUtils.hasText(text);
  }
}
