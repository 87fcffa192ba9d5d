/**
 * The rules of a conversation: the aggregate, its state and its policies. A function of command and
 * state; time and ids come in with the command.
 *
 * <p>A snapshot is UTF-8 JSON, type {@code Conversation}, with its {@code format}; one of another
 * format is not read, and the conversation is replayed from its log instead.
 */
@NullMarked
package io.confab.command.conversation;

import org.jspecify.annotations.NullMarked;
