package io.confab.standalone;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;
import java.util.Random;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The arrows between packages that Maven alone does not hold. Each rule is a function of the root
 * under which it looks, and is shown to fail on a deliberate violation under {@code canary}.
 */
class ArchitectureTest {
  private static final String ROOT = "io.confab";
  private static final String CANARY = "io.confab.standalone.canary";

  private static final JavaClasses PRODUCT =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(ROOT);
  private static final JavaClasses CANARIES = new ClassFileImporter().importPackages(CANARY);

  record Rule(String name, java.util.function.Function<String, ArchRule> at) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Rule> rules() {
    return Stream.of(
        new Rule(
            "events know the JDK and Jackson alone",
            root ->
                classes()
                    .that()
                    .resideInAPackage(root + ".events..")
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage(
                        root + ".events..",
                        "java..",
                        "tools.jackson..",
                        "com.fasterxml.jackson..",
                        "org.jspecify..")),
        new Rule(
            "the query side, the edge and the projections know nothing of the command side",
            root ->
                noClasses()
                    .that()
                    .resideInAnyPackage(
                        root + ".query..",
                        root + ".edge..",
                        root + ".projections..",
                        root + ".views..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage(root + ".command..")),
        new Rule(
            "the command side and the edge know nothing of views",
            root ->
                noClasses()
                    .that()
                    .resideInAnyPackage(root + ".command..", root + ".edge..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                        root + ".views..", root + ".projections..", root + ".query..")),
        new Rule(
            "the domain is a function of command and state: no Spring, no clock, no chance",
            root ->
                noClasses()
                    .that()
                    .resideInAnyPackage(root + ".command.conversation..", root + ".domain..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("org.springframework..")
                    .orShould()
                    .callMethod(Instant.class, "now")
                    .orShould()
                    .callMethod(UUID.class, "randomUUID")
                    .orShould()
                    .dependOnClassesThat()
                    .areAssignableTo(Clock.class)
                    .orShould()
                    .dependOnClassesThat()
                    .areAssignableTo(Random.class)
                    .orShould()
                    .dependOnClassesThat()
                    .areAssignableTo(ThreadLocalRandom.class)));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void holds(Rule rule) {
    rule.at().apply(ROOT).check(PRODUCT);
  }

  @ParameterizedTest
  @MethodSource("rules")
  void canFail(Rule rule) {
    assertThat(rule.at().apply(CANARY).evaluate(CANARIES).hasViolation()).isTrue();
  }

  @Test
  void everyPackageIsNullMarked() {
    assertThat(unmarked(PRODUCT)).isEmpty();
    assertThat(unmarked(CANARIES)).isNotEmpty();
  }

  private static TreeSet<String> unmarked(JavaClasses classes) {
    TreeSet<String> packages = new TreeSet<>();
    for (JavaClass type : classes) {
      if (!type.getPackage().isAnnotatedWith(NullMarked.class)) {
        packages.add(type.getPackageName());
      }
    }
    return packages;
  }
}
