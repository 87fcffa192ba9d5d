package io.confab.command.api;

import io.confab.events.Limits;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The bounds of what is accepted, as settings; each at least 1. See {@link Limits}.
 *
 * @param bodyBytes of a message in UTF-8; default 28,672
 * @param attachments of a message; default 10
 * @param mentions in a message; default 50
 * @param emojiBytes of a reaction in UTF-8; default 32
 * @param titleCharacters in code points; default 200
 * @param groupMembers default 250
 * @param channelMembers default 25,000
 */
@ConfigurationProperties("confab.limits")
public record LimitSettings(
    @DefaultValue("28672") int bodyBytes,
    @DefaultValue("10") int attachments,
    @DefaultValue("50") int mentions,
    @DefaultValue("32") int emojiBytes,
    @DefaultValue("200") int titleCharacters,
    @DefaultValue("250") int groupMembers,
    @DefaultValue("25000") int channelMembers) {

  /**
   * @throws IllegalArgumentException where one is below 1; the message names it
   */
  public Limits limits() {
    return new Limits(
        bodyBytes,
        attachments,
        mentions,
        emojiBytes,
        titleCharacters,
        groupMembers,
        channelMembers);
  }
}
