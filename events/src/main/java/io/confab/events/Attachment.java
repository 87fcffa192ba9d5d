package io.confab.events;

/**
 * A file that a message refers to; Confab stores the reference, not the bytes. {@code size} is in
 * bytes.
 */
public record Attachment(String name, String mediaType, long size, String url) {}
