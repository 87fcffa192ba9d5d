package io.confab.command.conversation;

import io.confab.events.Attachment;
import io.confab.events.CommandRejected;
import io.confab.events.Ids;
import io.confab.events.Limits;
import io.confab.events.MessageContent;
import io.confab.events.RejectionCode;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.regex.Pattern;

/** What may be said: a body that says something or attachments, all within the limits. */
final class ContentPolicy {
  /** Longest name of an attachment, in characters. */
  static final int NAME = 255;

  /** Longest URL of an attachment, in characters. */
  static final int URL = 2_048;

  /** Longest media type of an attachment, in characters. */
  static final int MEDIA_TYPE = 255;

  private static final String TOKEN = "[A-Za-z0-9!#$%&'*+.^_`|~-]+";
  private static final Pattern MEDIA_TYPE_FORM =
      Pattern.compile(
          "[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,63}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,63}"
              + ("( *; *" + TOKEN + "=(" + TOKEN + "|\"[ !#-\\[\\]-~]*\"))*"));

  private ContentPolicy() {}

  static void check(MessageContent content, Limits limits) {
    if (!content.body().isBlank() || content.attachments().isEmpty()) {
      checkBody(content.body(), limits);
    } else {
      checkBodySize(content.body(), limits);
    }
    if (content.mentions().size() > limits.mentions()) {
      throw new CommandRejected(
          RejectionCode.TOO_MANY_MENTIONS,
          "The message mentions " + content.mentions().size() + " people",
          content.mentions().size(),
          limits.mentions());
    }
    for (String mention : content.mentions()) {
      Ids.require("mention", mention);
    }
    if (content.attachments().size() > limits.attachments()) {
      throw new CommandRejected(
          RejectionCode.TOO_MANY_ATTACHMENTS,
          "The message has " + content.attachments().size() + " attachments",
          content.attachments().size(),
          limits.attachments());
    }
    content.attachments().forEach(ContentPolicy::checkAttachment);
  }

  /** A body that stands alone: it says something. */
  static void checkBody(String body, Limits limits) {
    if (body.isBlank()) {
      throw new CommandRejected(
          RejectionCode.INVALID_VALUE, "The body is blank", body, "a body that is not blank");
    }
    checkBodySize(body, limits);
  }

  private static void checkBodySize(String body, Limits limits) {
    int bytes = Text.utf8Length("body", body);
    if (bytes > limits.bodyBytes()) {
      throw new CommandRejected(
          RejectionCode.BODY_TOO_LARGE,
          "The body has " + bytes + " bytes in UTF-8",
          bytes,
          limits.bodyBytes());
    }
  }

  private static void checkAttachment(Attachment attachment) {
    Text.requireLine("attachment name", attachment.name(), NAME, RejectionCode.INVALID_VALUE);
    Text.utf8Length("attachment mediaType", attachment.mediaType());
    if (attachment.mediaType().length() > MEDIA_TYPE
        || !MEDIA_TYPE_FORM.matcher(attachment.mediaType()).matches()) {
      throw invalid(
          "The attachment's media type is none",
          attachment.mediaType(),
          "type/subtype, perhaps with parameters, of at most " + MEDIA_TYPE + " characters");
    }
    if (attachment.size() < 0) {
      throw invalid("The attachment's size is negative", attachment.size(), "at least 0 bytes");
    }
    Text.utf8Length("attachment url", attachment.url());
    if (attachment.url().length() > URL || !isOfTheWeb(attachment.url())) {
      throw invalid(
          "The attachment's url is not one of the web",
          attachment.url(),
          "an http or https URL or a relative reference, of at most " + URL + " characters");
    }
  }

  /** Whether a browser that follows it stays with http or https, whatever host that names. */
  private static boolean isOfTheWeb(String url) {
    try {
      URI uri = new URI(url);
      if (uri.getScheme() == null) {
        return !url.isEmpty();
      }
      return ("https".equalsIgnoreCase(uri.getScheme()) || "http".equalsIgnoreCase(uri.getScheme()))
          && uri.getRawAuthority() != null;
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private static CommandRejected invalid(String detail, Object value, String expectation) {
    return new CommandRejected(RejectionCode.INVALID_VALUE, detail, value, expectation);
  }
}
