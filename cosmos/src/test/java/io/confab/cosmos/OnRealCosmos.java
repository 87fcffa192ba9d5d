package io.confab.cosmos;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** Tests against a real account: skipped, by name, where the environment names none. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@EnabledIfEnvironmentVariable(
    named = RealCosmos.ENDPOINT,
    matches = ".+",
    disabledReason = "SKIPPED: no Cosmos DB account is named by CONFAB_COSMOS_ENDPOINT")
@EnabledIfEnvironmentVariable(
    named = RealCosmos.KEY,
    matches = ".+",
    disabledReason = "SKIPPED: no key of a Cosmos DB account is in CONFAB_COSMOS_KEY")
public @interface OnRealCosmos {}
