package io.confab.events;

/** Why something was refused. The codes are part of the protocol and never change their meaning. */
public enum RejectionCode {
  MALFORMED_REQUEST("malformed-request", 400),
  INVALID_VALUE("invalid-value", 400),
  INVALID_EMOJI("invalid-emoji", 400),
  UNAUTHENTICATED("unauthenticated", 401),
  FORBIDDEN("forbidden", 403),
  NOT_A_MEMBER("not-a-member", 403),
  NOT_AN_OWNER("not-an-owner", 403),
  NOT_THE_AUTHOR("not-the-author", 403),
  UNKNOWN_PATH("unknown-path", 404),
  UNKNOWN_DESTINATION("unknown-destination", 404),
  UNKNOWN_CONVERSATION("unknown-conversation", 404),
  UNKNOWN_MESSAGE("unknown-message", 404),
  UNKNOWN_MEMBER("unknown-member", 404),
  METHOD_NOT_ALLOWED("method-not-allowed", 405),
  MESSAGE_DELETED("message-deleted", 409),
  MEMBERS_FIXED("members-fixed", 409),
  LAST_OWNER("last-owner", 409),
  CONFLICT("conflict", 409),
  BODY_TOO_LARGE("body-too-large", 413),
  FRAME_TOO_LARGE("frame-too-large", 413),
  UNSUPPORTED_MEDIA_TYPE("unsupported-media-type", 415),
  TITLE_TOO_LONG("title-too-long", 422),
  TOO_MANY_MEMBERS("too-many-members", 422),
  TOO_MANY_MENTIONS("too-many-mentions", 422),
  TOO_MANY_ATTACHMENTS("too-many-attachments", 422),
  TOO_MANY_SUBSCRIPTIONS("too-many-subscriptions", 422),
  RATE_LIMITED("rate-limited", 429),
  INTERNAL_ERROR("internal-error", 500),
  UNAVAILABLE("unavailable", 503);

  private final String code;
  private final int status;

  RejectionCode(String code, int status) {
    this.code = code;
    this.status = status;
  }

  /** The {@code code} of problem+json and of rejections. */
  public String code() {
    return code;
  }

  /** The HTTP status that goes with it. */
  public int status() {
    return status;
  }
}
