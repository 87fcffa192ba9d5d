package io.confab.command.conversation;

import io.confab.events.ConversationCommand;
import org.axonframework.commandhandling.CommandMessage;
import org.axonframework.modelling.command.CommandTargetResolver;
import org.axonframework.modelling.command.VersionedAggregateIdentifier;

/** A command goes to the conversation that it names. */
final class ConversationTarget implements CommandTargetResolver {
  @Override
  public VersionedAggregateIdentifier resolveTarget(CommandMessage<?> command) {
    return new VersionedAggregateIdentifier(
        ((ConversationCommand) command.getPayload()).conversation(), null);
  }
}
