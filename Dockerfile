# All four kinds of service, in the layers of Spring Boot's jar: what changes seldom lies below.
# Before it: mvn -pl services -am -DskipTests package
FROM eclipse-temurin:17-jre AS layers
WORKDIR /layers
COPY services/target/confab-services.jar confab.jar
RUN java -Djarmode=tools -jar confab.jar extract --layers --destination extracted

FROM eclipse-temurin:17-jre
RUN apt-get update \
    && apt-get install -y --no-install-recommends curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --home-dir /confab confab \
    && mkdir /data /shared \
    && chown confab /data /shared
WORKDIR /confab
COPY --from=layers /layers/extracted/dependencies/ ./
COPY --from=layers /layers/extracted/spring-boot-loader/ ./
COPY --from=layers /layers/extracted/snapshot-dependencies/ ./
COPY --from=layers /layers/extracted/application/ ./
USER confab
ENTRYPOINT ["java", "-XX:MaxRAMPercentage=60", "-XX:+ExitOnOutOfMemoryError", "-jar", "confab.jar"]
