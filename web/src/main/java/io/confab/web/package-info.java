/**
 * What every HTTP service of Confab shares: who calls, with which roles, and how a refusal looks.
 */
@NullMarked
package io.confab.web;

import org.jspecify.annotations.NullMarked;
