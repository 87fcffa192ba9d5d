/**
 * From events to views: one tracking processor for each view follows the log, and a second one
 * beside it rebuilds the view from the beginning. In a cluster a consumer group of Kafka does the
 * one, {@link io.confab.projections.KafkaProjections}, and another group the other, {@link
 * io.confab.projections.KafkaRebuilds}; its name ends with the number of the generation it fills.
 *
 * <p>In one process the processor's token is the position that the view store writes together with
 * the view's documents, in one atomic write, so there is no second place that could disagree with
 * it.
 */
@NullMarked
package io.confab.projections;

import org.jspecify.annotations.NullMarked;
